using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Hdms.Contracts;

/// <summary>
/// The users service as other services ask it. Retries, timeouts and tokens are its <see cref="HttpClient"/>'s, whose base address
/// is the service's.
/// </summary>
/// <exception cref="ServiceProblemException">The service said no.</exception>
/// <exception cref="HttpRequestException">The service could not be reached.</exception>
public sealed class UsersClient(HttpClient http)
{
    /// <summary>How many ids one question may have.</summary>
    public const int MostIds = 100;

    /// <summary>Names, roles and departments of these persons, in one question.</summary>
    /// <param name="ids">1 to <see cref="MostIds"/>.</param>
    public Task<LookupAnswer> LookupAsync(IReadOnlyList<Guid> ids, CancellationToken ct) => AskAsync<LookupAnswer>("users/lookup", ids, ct);

    /// <summary>Which of these persons there are, and which may be given work.</summary>
    /// <param name="ids">1 to <see cref="MostIds"/>.</param>
    public Task<ExistsAnswer> ExistAsync(IReadOnlyList<Guid> ids, CancellationToken ct) => AskAsync<ExistsAnswer>("users/exists", ids, ct);

    /// <summary>Which of these departments there are, and which take tickets.</summary>
    /// <param name="ids">1 to <see cref="MostIds"/>.</param>
    public Task<ExistsAnswer> DepartmentsExistAsync(IReadOnlyList<Guid> ids, CancellationToken ct) => AskAsync<ExistsAnswer>("departments/exists", ids, ct);

    /// <summary>One person, or null when there is none that the caller may see.</summary>
    public Task<UserView?> FindAsync(Guid id, CancellationToken ct) => FindAsync<UserView>($"users/{id}", ct);

    /// <summary>One department, or null when there is none.</summary>
    public Task<DepartmentView?> FindDepartmentAsync(Guid id, CancellationToken ct) => FindAsync<DepartmentView>($"departments/{id}", ct);

    async Task<T> AskAsync<T>(string path, IReadOnlyList<Guid> ids, CancellationToken ct)
    {
        using var response = await http.PostAsJsonAsync(At(path), new IdsRequest(ids), Json.Tolerant, ct);
        return await ReadAsync<T>(response, ct);
    }

    async Task<T?> FindAsync<T>(string path, CancellationToken ct)
        where T : class
    {
        using var response = await http.GetAsync(At(path), ct);
        return response.StatusCode == HttpStatusCode.NotFound ? null : await ReadAsync<T>(response, ct);
    }

    static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken ct)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw await ServiceProblemException.ReadAsync(response, ct);
        }

        return await response.Content.ReadFromJsonAsync<T>(Json.Tolerant, ct) ?? throw new JsonException("The answer is null.");
    }

    static Uri At(string path) => new($"{Service.Api}/{path}", UriKind.Relative);
}
