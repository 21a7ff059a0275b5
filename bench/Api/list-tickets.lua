dofile(debug.getinfo(1).source:match("@?(.*/)") .. "figures.lua")
local made
request = function()
  made = made or wrk.format("GET", "/api/v1/tickets?limit=20")
  return made
end
