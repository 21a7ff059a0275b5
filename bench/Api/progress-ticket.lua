dofile(debug.getinfo(1).source:match("@?(.*/)") .. "figures.lua")
request = function()
  return wrk.format("POST", "/api/v1/tickets/" .. tickets[math.random(#tickets)] .. "/progress", nil, string.format('{"percent":%d,"note":"So far."}', math.random(0, 100)))
end
