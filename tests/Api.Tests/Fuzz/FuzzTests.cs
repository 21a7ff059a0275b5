using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hdms.Kit.Problems;

namespace Hdms.Api.Tests.Fuzz;

/// <summary>Bad requests made from the OpenAPI documents: each gets the right 4xx problem, changes nothing and is told nothing.</summary>
public sealed class FuzzTests(RunningApi api) : IClassFixture<RunningApi>
{
    const int Seed = 20260131;

    /// <summary>What an answer to a bad request must never show.</summary>
    static readonly string[] Leaks = ["Npgsql", "PostgresException", "System.", "   at ", "SELECT ", "INSERT ", "password_hash", "stack", ".cs:line"];

    /// <summary>Every fifth one of all there are, beginning elsewhere for each route.</summary>
    [Fact]
    public async Task Two_thousand_bad_requests_from_the_documents_cause_no_fault_and_change_nothing() =>
        (await SendBadRequestsAsync(every: 5)).ShouldBeGreaterThanOrEqualTo(2000);

    [Fact]
    [Trait("Category", "Long")]
    public async Task No_bad_request_from_the_documents_causes_a_fault_or_changes_anything() =>
        (await SendBadRequestsAsync(every: 1)).ShouldBeGreaterThanOrEqualTo(6000);

    async Task<int> SendBadRequestsAsync(int every)
    {
        var (sent, made) = (0, 0);
        var before = await api.ChangesAsync();
        var wrong = new List<string>();
        foreach (var service in api.Services)
        {
            using var client = Client(service, api.AdminToken);
            var operations = OpenApi.Operations(await api.DocumentAsync(service));
            operations.Count.ShouldBeGreaterThan(10);
            foreach (var operation in operations)
            {
                foreach (var request in new Generator(Seed + made).For(operation))
                {
                    if (made++ % every != 0)
                        continue;
                    wrong.AddRange((await SendAsync(client, request)).Select(w => $"{w}\n  {request}"));
                    sent++;
                    var after = await api.ChangesAsync();
                    if (_last >= 400 && before != after)
                    {
                        wrong.Add($"answered {_last}, yet something changed\n  {request}");
                    }

                    before = after;
                }
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {sent} requests:\n{string.Join('\n', wrong.Take(40))}");
        return sent;
    }

    [Fact]
    public async Task Nobody_who_is_not_signed_in_gets_past_a_route_that_asks_for_it()
    {
        var tokens = new Dictionary<string, string?>
        {
            ["none"] = null,
            ["nonsense"] = "nonsense",
            ["alg none"] = Unsigned(api.AdminToken),
            ["changed claims"] = Tampered(api.AdminToken),
            ["cut"] = api.AdminToken[..^10],
            ["of 100 kB"] = new string('a', 16_000),
        };
        var before = await api.ChangesAsync();
        var wrong = new List<string>();
        foreach (var service in api.Services)
        {
            foreach (var operation in OpenApi.Operations(await api.DocumentAsync(service)).Where(o => !o.IsOpen))
            {
                foreach (var (name, token) in tokens)
                {
                    using var client = Client(service, token);
                    var failures = await SendAsync(client, new Generator(Seed).Good(operation));
                    if (_last != 401 || failures.Count > 0)
                    {
                        wrong.Add($"{operation} with token {name}: {_last} {string.Join("; ", failures)}");
                    }
                }
            }
        }

        wrong.ShouldBeEmpty(string.Join('\n', wrong.Take(20)));
        (await api.ChangesAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_requester_changes_nothing_of_others_by_any_route()
    {
        var wrong = new List<string>();
        foreach (var service in api.Services)
        {
            using var client = Client(service, api.RequesterToken);
            foreach (var operation in OpenApi.Operations(await api.DocumentAsync(service)))
            {
                var failures = await SendAsync(client, new Generator(Seed).Good(operation));
                wrong.AddRange(failures.Select(f => $"{operation}: {f}"));
            }
        }

        wrong.ShouldBeEmpty(string.Join('\n', wrong.Take(20)));
        (await api.Database.ScalarAsync<long>("SELECT count(*) FROM users WHERE employee_code LIKE 'FUZZ-%' AND version = 1 AND is_active AND NOT is_deleted")).ShouldBe(2);
    }

    [Fact]
    public async Task Every_route_is_in_the_document_and_has_a_name_a_summary_and_a_tag()
    {
        foreach (var service in api.Services)
        {
            var document = await api.DocumentAsync(service);
            var bare =
                from path in document["paths"]!.AsObject()
                from method in path.Value!.AsObject()
                let operation = method.Value!.AsObject()
                where operation["operationId"] is null || operation["summary"] is null || operation["tags"] is not JsonArray { Count: > 0 }
                select $"{method.Key} {path.Key}";
            bare.ShouldBeEmpty();
        }
    }

    int _last;

    /// <returns>What is wrong with the answer.</returns>
    async Task<IReadOnlyList<string>> SendAsync(HttpClient client, BadRequest bad)
    {
        using var request = new HttpRequestMessage(new HttpMethod(bad.Operation.Method), bad.Url);
        if (bad.Body is not null)
        {
            request.Content = new ByteArrayContent(bad.Body);
            if (bad.ContentType is not null)
            {
                request.Content.Headers.TryAddWithoutValidation("Content-Type", bad.ContentType);
            }
        }

        foreach (var (name, value) in bad.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        HttpResponseMessage response;
        try
        {
            response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        }
        catch (HttpRequestException) when (bad.Body is { Length: > 1_000_000 })
        {
            // The server answers and hangs up before all of it has been sent; that is a refusal, too.
            _last = 413;
            return [];
        }

        using (response)
        {
            _last = (int)response.StatusCode;
            // A live stream goes on for ever; that it was begun is all there is to be seen of it.
            var text = response.Content.Headers.ContentType?.MediaType == "text/event-stream" ? "" : await response.Content.ReadAsStringAsync();
            return [.. Judge(bad, response, text)];
        }
    }

    static IEnumerable<string> Judge(BadRequest bad, HttpResponseMessage response, string text)
    {
        var status = (int)response.StatusCode;
        if (status >= 500)
        {
            yield return $"{status}: {text}";
            yield break;
        }

        if (status < 400)
        {
            yield break;
        }

        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json")
        {
            yield return $"{status} is no problem+json but {response.Content.Headers.ContentType}: {text}";
            yield break;
        }

        var problem = JsonDocument.Parse(text).RootElement;
        var code = problem.GetProperty("code").GetString();
        if (Codes.All.FirstOrDefault(c => c.Name == code) is not { } known || known.Status != status)
        {
            yield return $"{status} with code {code}, which is not its own";
        }

        // 404 and 405 come from the router as well, for addresses that are no route's.
        if (!bad.Operation.Statuses.Contains(status) && status is not (404 or 405 or 431))
        {
            yield return $"{status} {code} is not in the document: {text}";
        }

        if (status == (int)HttpStatusCode.Unauthorized && response.Headers.WwwAuthenticate.Count == 0)
        {
            yield return "401 without WWW-Authenticate";
        }

        foreach (var leak in Leaks.Where(l => text.Contains(l, StringComparison.Ordinal) && !(Encoding.UTF8.GetString(bad.Body ?? []) + Uri.UnescapeDataString(bad.Url)).Contains(l, StringComparison.Ordinal)))
        {
            yield return $"{status} shows '{leak}': {text}";
        }
    }

    HttpClient Client(string service, string? token)
    {
        var client = new HttpClient { BaseAddress = api.Address(service) };
        if (token is not null)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return client;
    }

    static string Unsigned(string token) => $"{Encode("{\"alg\":\"none\",\"typ\":\"JWT\"}")}.{token.Split('.')[1]}.";

    static string Tampered(string token)
    {
        var parts = token.Split('.');
        var claims = JsonNode.Parse(Convert.FromBase64String(parts[1].Replace('-', '+').Replace('_', '/').PadRight((parts[1].Length + 3) / 4 * 4, '=')))!;
        claims["sub"] = Guid.NewGuid().ToString();
        return $"{parts[0]}.{Encode(claims.ToJsonString())}.{parts[2]}";
    }

    static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
