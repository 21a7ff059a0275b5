dofile(debug.getinfo(1).source:match("@?(.*/)") .. "figures.lua")
-- Each is put together once: what wrk takes for itself is taken from the server.
local made = {}
request = function()
  local id = people[math.random(#people)]
  made[id] = made[id] or wrk.format("GET", "/api/v1/users/" .. id)
  return made[id]
end
