using System.Text.Json.Nodes;
using Hdms.Web.Api;
using Microsoft.AspNetCore.Http;

namespace Hdms.Web.Forms;

/// <summary>A form as it is shown: what stands in its fields, and what is wrong with it.</summary>
public sealed record Filled(IReadOnlyDictionary<string, string> Values, ApiProblem? Problem = null)
{
    public static readonly Filled Empty = new(new Dictionary<string, string>());

    /// <summary>The version that was seen when the form was made.</summary>
    public string? IfMatch => Of("version").Length > 0 ? $"\"{Of("version")}\"" : null;

    public string Key => Of("key");

    public int Status => Problem?.Status ?? StatusCodes.Status200OK;

    public static Filled With(params (string Name, string? Value)[] values) =>
        new(values.Where(v => v.Value is not null).ToDictionary(v => v.Name, v => v.Value!, StringComparer.Ordinal));

    /// <summary>As it was typed; several boxes of one name are separated by commas.</summary>
    public static async Task<Filled> ReadAsync(HttpContext http, CancellationToken ct) =>
        new((await http.Request.ReadFormAsync(ct)).ToDictionary(f => f.Key, f => f.Value.ToString(), StringComparer.Ordinal));

    /// <summary>A problem with one field that is seen before anybody else is asked.</summary>
    public Filled Wrong(string field, string why) => this with
    {
        Problem = ApiProblem.Of(StatusCodes.Status422UnprocessableEntity, "validation_failed", "Something in the form is not right yet.", new Dictionary<string, string[]> { [field] = [why] }),
    };

    public string Of(string name) => Values.GetValueOrDefault(name) ?? "";

    /// <summary>Null where nothing was typed.</summary>
    public string? Some(string name) => Of(name).Trim() is { Length: > 0 } text ? text : null;

    public bool Is(string name) => Of(name) == "true";

    public bool Has(string name, string value) => Of(name).Split(',').Contains(value);

    public string? ErrorOf(string name) => Problem?.Errors
        .Where(e => e.Key == name || e.Key.StartsWith(name + "[", StringComparison.Ordinal) || e.Key.StartsWith(name + ".", StringComparison.Ordinal))
        .SelectMany(e => e.Value).FirstOrDefault();

    /// <summary>The members of a request's body; an empty field is null.</summary>
    public JsonObject Body(IEnumerable<string> texts, IEnumerable<string> switches)
    {
        var body = new JsonObject();
        foreach (var name in texts)
            body[name] = Some(name);
        foreach (var name in switches)
            body[name] = Is(name);
        return body;
    }
}
