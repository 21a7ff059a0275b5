dofile(debug.getinfo(1).source:match("@?(.*/)") .. "figures.lua")
request = function()
  local ids, from = {}, math.random(#people - 100)
  for i = 1, 100 do ids[i] = '"' .. people[from + i] .. '"' end
  return wrk.format("POST", "/api/v1/users/exists", nil, '{"ids":[' .. table.concat(ids, ",") .. ']}')
end
