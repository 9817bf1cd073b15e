-- What wrk requests, and what it reports.
--
--	wrk -s wrk.lua URL			the URL, again and again
--	wrk -s wrk.lua URL -- LIST [BATCH]	the paths that LIST has, a line
--						each, from the first to the last
--						and over again; BATCH requests
--						in one write
--
-- Everything is formatted before the clock starts. The report is one line of
-- names and numbers; times are in microseconds.

local requests = {}
local at = 0

local function read_list(name, batch)
	local known = {}
	local pending = {}

	for path in io.lines(name) do
		-- A path that comes again is the same string, not a copy.
		known[path] = known[path] or wrk.format(nil, path)
		pending[#pending + 1] = known[path]
		if #pending == batch then
			requests[#requests + 1] = table.concat(pending)
			pending = {}
		end
	end
end

local function next_request()
	at = at % #requests + 1
	return requests[at]
end

function init(args)
	if #args > 0 then
		read_list(args[1], tonumber(args[2] or 1))
		-- Where there is no such function, wrk keeps one request.
		request = next_request
	end
end

function done(summary, latency)
	local errors = summary.errors

	io.write(string.format("report requests=%d microseconds=%d bytes=%d " ..
	    "connect=%d read=%d write=%d timeout=%d status=%d " ..
	    "p50=%d p90=%d p99=%d p999=%d max=%d\n",
	    summary.requests, summary.duration, summary.bytes,
	    errors.connect, errors.read, errors.write, errors.timeout,
	    errors.status, latency:percentile(50), latency:percentile(90),
	    latency:percentile(99), latency:percentile(99.9), latency.max))
end
