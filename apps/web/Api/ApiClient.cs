using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Web.Session;

namespace Hdms.Web.Api;

/// <summary>The API as the person who is signed in: the one way from a page to anything that is stored.</summary>
sealed class ApiClient(ApiConnection connection, PersonSession session)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <param name="path">Below <c>/api/v1</c>, as <c>/tickets/HD-2026-0001</c>.</param>
    /// <exception cref="ApiException">The service refused, or did not answer.</exception>
    public async Task<T> GetAsync<T>(string path, CancellationToken ct)
    {
        var answer = await SendAsync<T>(HttpMethod.Get, path, null, ct);
        return answer.Problem is { } problem ? throw new ApiException(problem) : answer.Value!;
    }

    /// <summary>Null where there is nothing that the person may see.</summary>
    /// <exception cref="ApiException">The service refused otherwise, or did not answer.</exception>
    public async Task<T?> FindAsync<T>(string path, CancellationToken ct)
        where T : class
    {
        var answer = await SendAsync<T>(HttpMethod.Get, path, null, ct);
        return answer.Problem switch
        {
            null => answer.Value,
            { Status: 403 or 404 } => null,
            var problem => throw new ApiException(problem),
        };
    }

    /// <summary>Null also when the service is away: for what a page can do without.</summary>
    public async Task<T?> TryAsync<T>(string path, CancellationToken ct)
        where T : class =>
        (await SendAsync<T>(HttpMethod.Get, path, null, ct)).Value;

    /// <param name="body">As JSON; null for none.</param>
    /// <param name="key">The same for the same press of a button, so that it is done once.</param>
    public async Task<ApiAnswer<T>> SendAsync<T>(HttpMethod method, string path, object? body, CancellationToken ct, string? key = null, string? ifMatch = null)
    {
        using var request = Request(method, path);
        if (body is not null)
            request.Content = JsonContent.Create(body, body.GetType(), new MediaTypeHeaderValue("application/json"), Json.Tolerant);
        if (!string.IsNullOrEmpty(key))
            request.Headers.TryAddWithoutValidation(ServiceCalls.IdempotencyKey, key);
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try
        {
            using var response = await connection.Http.SendAsync(request, patience.Token);
            return await ReadAsync<T>(method, response, patience.Token);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return new ApiAnswer<T>(default, ApiProblem.Away);
        }
    }

    /// <summary>Hands an answer over as it comes: a stream, a file. Whoever calls disposes of it.</summary>
    public async Task<HttpResponseMessage> OpenAsync(HttpMethod method, string path, HttpContent? body, CancellationToken ct, params (string Name, string? Value)[] headers)
    {
        using var request = Request(method, path);
        request.Content = body;
        foreach (var (name, value) in headers)
        {
            if (!string.IsNullOrEmpty(value))
                request.Headers.TryAddWithoutValidation(name, value);
        }

        try
        {
            var response = await connection.Http.SendAsync(request, ct);
            session.Wrote(method, response);
            return response;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new ApiException(ApiProblem.Away, e);
        }
    }

    HttpRequestMessage Request(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, connection.AddressOf(Service.Api + path));
        if (session.Token is { } token)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (session.Position is { Length: > 0 } position)
            request.Headers.TryAddWithoutValidation(PersonSession.PositionHeader, position);
        return request;
    }

    async Task<ApiAnswer<T>> ReadAsync<T>(HttpMethod method, HttpResponseMessage response, CancellationToken ct)
    {
        if (!response.IsSuccessStatusCode)
            return new ApiAnswer<T>(default, await ApiProblem.ReadAsync(response, ct));
        session.Wrote(method, response);
        var isEmpty = response.StatusCode == System.Net.HttpStatusCode.NoContent || response.Content.Headers.ContentLength == 0;
        if (isEmpty || typeof(T) == typeof(Nothing))
            return new ApiAnswer<T>(default, null);
        await using var body = await response.Content.ReadAsStreamAsync(ct);
        return new ApiAnswer<T>(await JsonSerializer.DeserializeAsync<T>(body, Json.Tolerant, ct), null);
    }
}

/// <summary>For answers whose body nobody reads.</summary>
sealed record Nothing;

/// <summary>What a service answered: a value, or why not.</summary>
sealed record ApiAnswer<T>(T? Value, ApiProblem? Problem);
