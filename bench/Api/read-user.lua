dofile(debug.getinfo(1).source:match("@?(.*/)") .. "figures.lua")
request = function() return wrk.format("GET", "/api/v1/users/" .. people[math.random(#people)]) end
