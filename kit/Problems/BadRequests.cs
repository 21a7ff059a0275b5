using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Hdms.Kit.Problems;

/// <summary>Reads what the framework says of a bad request: 400 when it can't be parsed, 422 when it can and is wrong (DOMAIN.md section 7).</summary>
public static partial class BadRequests
{
    internal static Refusal Understand(BadHttpRequestException e) => e switch
    {
        { InnerException: JsonException json } => Understand(json),
        { StatusCode: StatusCodes.Status413PayloadTooLarge } => new Refusal(Codes.BodyTooLarge, "The body is larger than this route reads.", e),
        { StatusCode: StatusCodes.Status415UnsupportedMediaType } => new Refusal(Codes.UnsupportedMediaType, "Send application/json.", e),
        _ when Parameter().Match(e.Message) is { Success: true } match => WrongParameter(match, e),
        _ when e.Message.Contains("body", StringComparison.OrdinalIgnoreCase) => new Refusal(Codes.Malformed, "A JSON body is required.", e),
        _ => new Refusal(Codes.Of(e.StatusCode), "The request can't be read.", e),
    };

    /// <summary>For a body, or a part of one, that a handler reads itself.</summary>
    public static Refusal Understand(JsonException e)
    {
        // The reader's own exception is inside when the text is no JSON; a wrong type or an unknown member has none.
        if (e.InnerException is JsonException || e.GetType() != typeof(JsonException) || e.Message.Contains("invalid UTF", StringComparison.OrdinalIgnoreCase))
        {
            return new Refusal(Codes.Malformed, $"The body is not valid JSON{Where(e)}.", e);
        }

        if (Unknown().Match(e.Message) is { Success: true } unknown)
        {
            return Wrong(unknown.Groups[1].Value, "is not known here", e);
        }

        if (Missing().Match(e.Message) is { Success: true } missing)
        {
            var fields = missing.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries).Select(f => f.Trim('\'', '"')).ToArray();
            return new Refusal(Codes.ValidationFailed, $"{string.Join(", ", fields)}: required", e)
            {
                Errors = fields.ToDictionary(f => f, _ => new[] { "is required" }),
            };
        }

        var own = e.Message.StartsWith("is ", StringComparison.Ordinal) || e.Message.StartsWith("has ", StringComparison.Ordinal);
        return Wrong(Field(e), own ? e.Message.Split(" Path:")[0] : "is of the wrong type", e);
    }

    static Refusal WrongParameter(Match match, Exception e)
    {
        // The framework gives the name in C#.
        var name = JsonNamingPolicy.SnakeCaseLower.ConvertName(match.Groups["name"].Value);
        return new Refusal(Codes.Malformed, $"{name} can't be read.", e)
        {
            Errors = new Dictionary<string, string[]> { [name] = ["can't be read"] },
        };
    }

    static Refusal Wrong(string field, string error, Exception e) =>
        new(Codes.ValidationFailed, $"{field} {error}", e) { Errors = new Dictionary<string, string[]> { [field] = [error] } };

    static string Field(JsonException e) => e.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : "body";

    static string Where(JsonException e) => e.LineNumber is { } line ? $" (line {line + 1}, byte {e.BytePositionInLine + 1})" : "";

    [GeneratedRegex("""parameter "[^"]+ (?<name>[^ "]+)" """, RegexOptions.None, 1000)]
    private static partial Regex Parameter();

    [GeneratedRegex("The JSON property '([^']*)' could not be mapped", RegexOptions.None, 1000)]
    private static partial Regex Unknown();

    [GeneratedRegex("missing required properties[^:]*: (.*?)\\.?$", RegexOptions.IgnoreCase | RegexOptions.Singleline, 1000)]
    private static partial Regex Missing();
}
