-- Shared by all scripts: who asks, and the one line that the benchmark reads.
wrk.headers["Authorization"] = "Bearer " .. os.getenv("TOKEN")
wrk.headers["Content-Type"] = "application/json"

people = {}
for id in string.gmatch(os.getenv("PEOPLE") or "", "[^,]+") do people[#people + 1] = id end

tickets = {}
for id in string.gmatch(os.getenv("TICKETS") or "", "[^,]+") do tickets[#tickets + 1] = id end

-- Half load: each client waits before each request, longer and shorter by turns, lest they all come at once.
local pause = tonumber(os.getenv("PAUSE") or "")
if pause then
  delay = function() return math.random(0, math.floor(2 * pause)) end
end

function uuid()
  return (string.gsub("xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx", "x", function() return string.format("%x", math.random(0, 15)) end))
end

function done(summary, latency, requests)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout
  io.write(string.format("figures %.1f %.3f %.3f %.3f %d\n",
    summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000, failed))
end
