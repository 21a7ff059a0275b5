dofile(debug.getinfo(1).source:match("@?(.*/)") .. "figures.lua")
local body = string.format('{"employee_code":"%s","password":"%s"}', os.getenv("CODE"), os.getenv("SECRET"))
request = function() return wrk.format("POST", "/api/v1/auth/sign-in", nil, body) end
