dofile(debug.getinfo(1).source:match("@?(.*/)") .. "figures.lua")
local n = 0
request = function()
  n = n + 1
  return wrk.format("POST", "/api/v1/tickets", nil, string.format(
    '{"title":"Printer in room %d","description":"It does not print since this morning.","category":"Printing","priority":"medium","department_id":"00000000-0000-7000-9000-%012d","submit":true}',
    n, 1))
end
