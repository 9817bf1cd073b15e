/*
 * page_look - what the pages that the server writes itself have in common:
 * colours and the bird, as pieces of string literals.
 */
#ifndef PAGE_LOOK_H
#define PAGE_LOOK_H

/* CSS variables, light and dark: paper, ink, accent, card. */
#define PAGE_PALETTE \
	":root{--p:#fbfaf7;--i:#22282c;--a:#0f766e;--c:#fff}\n" \
	"@media(prefers-color-scheme:dark){:root{--p:#14171a;--i:#dfe3e6;" \
	"--a:#5eead4;--c:#1c2125}}\n"

/* It looks to the right. Its size is the page's to say. */
#define PAGE_BIRD \
	"<svg viewBox=\"0 0 120 120\" aria-hidden=\"true\">" \
	"<path fill=\"#f5b301\" d=\"M93 32l24 3-23 6zM94 41l18 7-20 2zM58 92" \
	"h4v16h-4zM70 92h4v16h-4z\"/>" \
	"<path fill=\"var(--a)\" d=\"M6 96L40 58C48 34 56 18 78 18 94 18 100 " \
	"32 97 46 94 76 84 94 60 94 46 94 38 88 34 84L12 104z\"/>" \
	"<path fill=\"var(--p)\" d=\"M44 62c10 2 22 6 34 2-4 14-26 18-38 4" \
	"z\" opacity=\".5\"/>" \
	"<path fill=\"#f5b301\" d=\"M84 27c5 0 8 4 6 8-4 5-14 6-20 2 6-1 7-10 " \
	"14-10z\"/>" \
	"<circle cx=\"84\" cy=\"32\" r=\"3.4\" fill=\"#14171a\"/>" \
	"<path stroke=\"var(--i)\" stroke-width=\"4\" d=\"M30 110h72\"/>" \
	"</svg>\n"

#endif
