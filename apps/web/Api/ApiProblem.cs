using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hdms.Web.Api;

/// <summary>A refusal as the services word it (RFC 9457, API.md).</summary>
/// <param name="Code">Stable; <c>away</c> when nobody answered.</param>
/// <param name="Errors">What is wrong, by field.</param>
/// <param name="Whole">All members, as some have more: who changed it, what is allowed.</param>
public sealed record ApiProblem(int Status, string Code, string Detail, IReadOnlyDictionary<string, string[]> Errors, string? TraceId, JsonObject? Whole)
{
    static readonly IReadOnlyDictionary<string, string[]> None = new Dictionary<string, string[]>(StringComparer.Ordinal);

    public static readonly ApiProblem Away = new(503, "away", "The service does not answer just now. Nothing was changed; try again in a moment.", None, null, null);

    /// <summary>What is seen before anybody else is asked.</summary>
    public static ApiProblem Of(int status, string code, string detail, IReadOnlyDictionary<string, string[]>? errors = null) => new(status, code, detail, errors ?? None, null, null);

    /// <summary>Whether waiting is likely to help.</summary>
    public bool IsPassing => Status is 429 or 502 or 503 or 504;

    /// <summary>Whether somebody else was faster.</summary>
    public bool IsStale => Code is "precondition_failed" or "version_conflict";

    public static async Task<ApiProblem> ReadAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var status = (int)response.StatusCode;
        JsonObject? whole = null;
        try
        {
            whole = JsonNode.Parse(await response.Content.ReadAsStringAsync(ct)) as JsonObject;
        }
        catch (JsonException)
        {
            // Whoever answered was no service of ours: a proxy before it, as a rule.
        }

        if (whole is null)
            return Away with { Status = status, Code = status is 502 or 503 or 504 ? "away" : "unknown" };
        var errors = (whole["errors"] as JsonObject ?? []).ToDictionary(e => e.Key, e => (e.Value as JsonArray ?? []).Select(t => t?.ToString() ?? "").ToArray(), StringComparer.Ordinal);
        return new ApiProblem(status, (string?)whole["code"] ?? "", (string?)whole["detail"] ?? (string?)whole["title"] ?? "", errors, (string?)whole["trace_id"], whole);
    }
}

/// <summary>A page can't be shown without what a service refused; <see cref="Shell.Problems"/> says so to the person.</summary>
sealed class ApiException(ApiProblem problem, Exception? inner = null) : Exception(problem.Detail, inner)
{
    public ApiProblem Problem { get; } = problem;
}
