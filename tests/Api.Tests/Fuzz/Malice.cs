namespace Hdms.Api.Tests.Fuzz;

/// <summary>Texts that have broken programs before.</summary>
static class Malice
{
    public static readonly IReadOnlyList<string> Texts =
    [
        "'; DROP TABLE users; --",
        "' OR '1'='1",
        "1); SELECT pg_sleep(5); --",
        "\\'; COPY users TO PROGRAM 'id' --",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "{{7*7}}${7*7}<%= 7*7 %>",
        "../../../../etc/passwd",
        "%00%0d%0aSet-Cookie: a=b",
        "\r\nX-Injected: yes",
        "\u202Egnp.exe",
        "Ａ\u0301\u0301\u0301\u0301\u0301",
        "👩‍👩‍👧‍👦",
        "İıſ",
        "\uFEFF",
        "\u2028",
        "NaN",
        "null",
        "-1",
        "99999999999999999999999999",
        "1e309",
        "0x7fffffff",
        "9999-12-31T23:59:59.999999999Z",
        "0000-00-00",
        "=cmd|' /C calc'!A0",
        "%%%%",
        "%_%",
        "\\",
        "()*&^%$#@!",
        "   ",
        "",
        new('a', 70_000),
    ];

    /// <summary>JSON in place of a value of any type.</summary>
    public static readonly IReadOnlyList<string> Values =
    [
        "null", "true", "0", "-1", "1.5", "1e400", "99999999999999999999999", "[]", "{}", "[null]", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "[[[[[]]]]]",
    ];

    /// <summary>Whole bodies that are no JSON, or hardly.</summary>
    public static readonly IReadOnlyList<byte[]> Bodies =
    [
        [],
        "{"u8.ToArray(),
        "{\"a\":"u8.ToArray(),
        "[]"u8.ToArray(),
        "null"u8.ToArray(),
        "\"text\""u8.ToArray(),
        "42"u8.ToArray(),
        "{}{}"u8.ToArray(),
        "{'a':1}"u8.ToArray(),
        "{\"a\":1,}"u8.ToArray(),
        "// comment\n{}"u8.ToArray(),
        "{\"\\ud800\":1}"u8.ToArray(),
        [0xFF, 0xFE, 0x00, 0x7B],
        [.. "{\"name\":\""u8, 0xC3, 0x28, .. "\"}"u8],
        [.. "{\"name\":\""u8, 0xED, 0xA0, 0x80, .. "\"}"u8],
        [0xEF, 0xBB, 0xBF, .. "{}"u8],
        [.. Enumerable.Repeat((byte)'[', 5000)],
        [.. "{\"unknown_member_xyz\":"u8, .. Enumerable.Repeat((byte)'1', 3000), .. "}"u8],
    ];
}
