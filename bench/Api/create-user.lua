dofile(debug.getinfo(1).source:match("@?(.*/)") .. "figures.lua")
math.randomseed(os.time())
local run, n = math.random(1, 1e9), 0
request = function()
  n = n + 1
  return wrk.format("POST", "/api/v1/users", nil, string.format(
    '{"employee_code":"B-%d-%d","first_name":"Bench","last_name":"Person","email":"b%d.%d@example.org"}', run, n, run, n))
end
