# The chart of CPU time: gnuplot -c chart.gp data.tsv chart.svg
#
# A group of bars for each row, a bar for each server. 1 is the best peer.

set terminal svg size 1100,460 font "DejaVu Sans,12" background "#ffffff" \
    name "bench"
set output ARG2
set datafile separator tab
set datafile missing "-"
set title "CPU time of the server per request, to that of the best peer (1); \
shorter is better" font ",14"
set style data histogram
set style histogram clustered gap 1
set style fill solid 1 noborder
set boxwidth 0.92
set key outside top center horizontal reverse Left samplen 1
set bmargin 3.5
set grid ytics lc rgb "#d0d0d0" lw 0.7
set border 3 lc rgb "#404040"
set tics nomirror
set yrange [0:2.2]
set ytics 0.25
set xtics font ",11"
set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead \
    lc rgb "#404040" lw 1.2 dashtype 2 front

array colour[5] = ["#999999", "#d55e00", "#56b4e9", "#0072b2", "#009e73"]
plot for [i=2:6] ARG1 using i:xtic(1) title columnheader(i) \
    lc rgb colour[i - 1]
