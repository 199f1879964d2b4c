-- http_command.lua - what wrk sends: deposits to many accounts, at random; and what it prints
-- at the end. Its argument is the number of accounts.

local threads = 0

function setup(thread)
	thread:set("number", threads)
	threads = threads + 1
end

local requests = {}

function init(args)
	local headers = { ["Content-Type"] = "application/json", ["User-Agent"] = "wrk" }

	math.randomseed(number)
	for account = 0, tonumber(args[1]) - 1 do
		requests[#requests + 1] =
			wrk.format("POST", string.format("/account/ACCT-%08d", account), headers,
			           string.format('{"DepositMoney":{"amount":%d.25}}', 100 + account % 100))
	end
end

function request()
	return requests[math.random(#requests)]
end

function done(summary, latency)
	local failed = summary.errors.connect + summary.errors.read + summary.errors.write +
	               summary.errors.status + summary.errors.timeout

	io.write(string.format('{"ops":%d,"seconds":%.6f,"failed":%d,"p50_us":%d,"p99_us":%d,"p999_us":%d}\n',
	                       summary.requests, summary.duration / 1e6, failed,
	                       latency:percentile(50), latency:percentile(99),
	                       latency:percentile(99.9)))
end
