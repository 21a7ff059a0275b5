using System.Text;
using System.Text.Json.Nodes;

namespace Hdms.Api.Tests.Fuzz;

/// <summary>A bad request: what it is meant to try, and how to send it.</summary>
sealed record BadRequest(Operation Operation, string Why, string Url, byte[]? Body, string? ContentType, IReadOnlyDictionary<string, string> Headers)
{
    public override string ToString() => $"{Operation} – {Why}: {Url}{(Body is null ? "" : "\n    " + Encoding.UTF8.GetString(Body, 0, Math.Min(Body.Length, 300)))}";
}

/// <summary>
/// Makes bad requests for every route of an OpenAPI document, the same ones each time: so a new route is covered without
/// further work.
/// </summary>
sealed class Generator(int seed)
{
    static readonly IReadOnlyDictionary<string, string> NoHeaders = new Dictionary<string, string>();

    readonly Random _random = new(seed);

    public IEnumerable<BadRequest> For(Operation operation) =>
        [.. BadPaths(operation), .. BadQueries(operation), .. BadHeaders(operation), .. BadBodies(operation), .. BadFields(operation)];

    IEnumerable<BadRequest> BadPaths(Operation operation)
    {
        if (!operation.Parameters.Any(p => p.InPath))
        {
            yield break;
        }

        foreach (var text in Some(Malice.Texts.Where(t => t.Length is > 0 and < 1000).Append("00000000-0000-0000-0000-000000000000").Append(Guid.NewGuid().ToString()), 8))
        {
            yield return Good(operation) with { Why = "bad id in the path", Url = Fill(operation, text) };
        }
    }

    IEnumerable<BadRequest> BadQueries(Operation operation)
    {
        yield return Good(operation) with { Why = "unknown parameter", Url = Fill(operation) + "?unknown_parameter_xyz=1" };
        yield return Good(operation) with { Why = "NUL in the query", Url = Fill(operation) + "?q=%00" };
        yield return Good(operation) with { Why = "invalid UTF-8 in the query", Url = Fill(operation) + "?q=%ff%fe" };
        foreach (var parameter in operation.Parameters.Where(p => !p.InPath))
        {
            foreach (var text in Some(Malice.Texts.Where(t => t.Length < 1000), 6))
            {
                yield return Good(operation) with { Why = $"bad {parameter.Name}", Url = $"{Fill(operation)}?{parameter.Name}={Uri.EscapeDataString(text)}" };
            }

            yield return Good(operation) with { Why = $"{parameter.Name} twice", Url = $"{Fill(operation)}?{parameter.Name}=1&{parameter.Name}=2" };
        }
    }

    IEnumerable<BadRequest> BadHeaders(Operation operation)
    {
        foreach (var (name, value) in new[]
                 {
                     ("If-Match", "abc"), ("If-Match", "\"-1\""), ("If-Match", "\"999999\""), ("If-None-Match", "\"x"),
                     ("Idempotency-Key", "two words"), ("Idempotency-Key", new string('k', 300)),
                     ("X-HDMS-Position", "nonsense"), ("Accept", "image/png"), ("Range", "bytes=9-1"),
                 })
        {
            yield return Good(operation) with { Why = $"{name}: {value[..Math.Min(20, value.Length)]}", Headers = new Dictionary<string, string> { [name] = value } };
        }
    }

    IEnumerable<BadRequest> BadBodies(Operation operation)
    {
        if (operation.BodyType is null)
        {
            yield break;
        }

        foreach (var body in Some(Malice.Bodies, 12))
        {
            yield return Good(operation) with { Why = "broken body", Body = body };
        }

        yield return Good(operation) with { Why = "body of over a megabyte", Body = Encoding.UTF8.GetBytes($"{{\"x\":\"{new string('a', 6 * 1024 * 1024)}\"}}") };
        yield return Good(operation) with { Why = "other content type", ContentType = "application/xml", Body = "<a/>"u8.ToArray() };
        yield return Good(operation) with { Why = "no content type", ContentType = null };
    }

    IEnumerable<BadRequest> BadFields(Operation operation)
    {
        if (operation.Body is not { } schema || operation.BodyType?.Contains("json", StringComparison.Ordinal) != true)
        {
            yield break;
        }

        yield return WithBody(operation, "unknown member", body => body["unknown_member_xyz"] = 1);
        foreach (var (name, property) in schema.Properties)
        {
            yield return WithBody(operation, $"{name} missing", body => body.Remove(name));
            foreach (var value in Some(Malice.Values, 7))
            {
                yield return WithRaw(operation, $"{name} of another type", name, value);
            }

            if (property.Type == "string")
            {
                foreach (var text in Some(Malice.Texts, 8))
                {
                    yield return WithBody(operation, $"malice in {name}", body => body[name] = text);
                }
            }
            else if (property.Type == "array")
            {
                yield return WithBody(operation, $"very many {name}", body => body[name] = new JsonArray([.. Enumerable.Range(0, 5000).Select(_ => (JsonNode)Guid.NewGuid().ToString())]));
            }
        }
    }

    BadRequest WithBody(Operation operation, string why, Action<JsonObject> change)
    {
        var body = Example(operation.Body!) as JsonObject ?? [];
        change(body);
        return Good(operation) with { Why = why, Body = Encoding.UTF8.GetBytes(body.ToJsonString()) };
    }

    /// <summary>Puts JSON text in place of a value, also such as no JSON writer would write.</summary>
    BadRequest WithRaw(Operation operation, string why, string name, string value)
    {
        var body = Example(operation.Body!) as JsonObject ?? [];
        body[name] = "@@@";
        return Good(operation) with { Why = why, Body = Encoding.UTF8.GetBytes(body.ToJsonString().Replace("\"@@@\"", value, StringComparison.Ordinal)) };
    }

    /// <summary>A request as the document says it should be; its references lead nowhere.</summary>
    public BadRequest Good(Operation operation)
    {
        var json = operation.BodyType?.Contains("json", StringComparison.Ordinal) == true && operation.Body is not null
            ? Encoding.UTF8.GetBytes(Example(operation.Body)?.ToJsonString() ?? "null")
            : operation.BodyType is null ? null : "a,b\n1,2\n"u8.ToArray();
        return new BadRequest(operation, "as documented", Fill(operation), json, operation.BodyType, NoHeaders);
    }

    JsonNode? Example(Schema schema) => schema.Type switch
    {
        "object" => new JsonObject(schema.Properties.Where(p => schema.Required.Contains(p.Key) || _random.Next(2) == 0)
            .Select(p => KeyValuePair.Create(p.Key, Example(p.Value)))),
        "array" => new JsonArray(schema.Items is { } items ? [Example(items)] : []),
        "boolean" => _random.Next(2) == 0,
        "integer" => _random.Next(1, 50),
        "number" => _random.Next(1, 50),
        _ when schema.Values.Count > 0 => schema.Values[_random.Next(schema.Values.Count)],
        _ => schema.Format switch
        {
            "uuid" => Guid.NewGuid().ToString(),
            "date-time" => "2026-01-31T09:30:00.000Z",
            _ => $"text {_random.Next(1_000_000)}",
        },
    };

    static string Fill(Operation operation, string? id = null) => operation.Parameters.Where(p => p.InPath).Aggregate(
        operation.Path,
        (path, p) => path.Replace($"{{{p.Name}}}", Uri.EscapeDataString(id ?? (p.Schema.Type == "integer" ? "4711" : Guid.NewGuid().ToString())), StringComparison.Ordinal));

    IEnumerable<T> Some<T>(IEnumerable<T> all, int count) => all.OrderBy(_ => _random.Next()).Take(count);
}
