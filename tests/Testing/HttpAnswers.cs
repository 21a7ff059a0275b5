using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Testing;

/// <summary>What a test says of an answer.</summary>
public static class HttpAnswers
{
    public static Task<HttpResponseMessage> PostAsync(this HttpClient client, string path, object body) =>
        client.PostAsJsonAsync(path, body, Json.Tolerant);

    /// <summary>The body of an answer that has to be a success.</summary>
    public static async Task<T> ReadAsync<T>(this HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        response.IsSuccessStatusCode.ShouldBeTrue($"{(int)response.StatusCode}: {text}");
        return JsonSerializer.Deserialize<T>(text, Json.Strict)!;
    }

    public static async Task ShouldBeAsync(this Task<HttpResponseMessage> answer, HttpStatusCode status)
    {
        using var response = await answer;
        response.StatusCode.ShouldBe(status, await response.Content.ReadAsStringAsync());
    }

    /// <returns>The problem's members.</returns>
    public static async Task<JsonElement> ShouldBeAsync(this Task<HttpResponseMessage> answer, ProblemCode code)
    {
        using var response = await answer;
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(code.Status, text);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = JsonDocument.Parse(text).RootElement;
        problem.GetProperty("code").GetString().ShouldBe(code.Name);
        return problem;
    }

    /// <summary>The member of a problem, as text.</summary>
    public static async Task<string?> MemberAsync(this Task<JsonElement> problem, string name) => (await problem).GetProperty(name).ToString();
}
