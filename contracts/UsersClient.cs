namespace Hdms.Contracts;

/// <summary>
/// The users service as other services ask it. Retries, timeouts and tokens are its <see cref="HttpClient"/>'s, whose base address
/// is the service's.
/// </summary>
/// <exception cref="ServiceCallException">The service said no, or could not be reached.</exception>
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
    public Task<UserView?> FindAsync(Guid id, CancellationToken ct) => http.FindAsync<UserView>($"{Service.Api}/users/{id}", ct);

    /// <summary>One department, or null when there is none.</summary>
    public Task<DepartmentView?> FindDepartmentAsync(Guid id, CancellationToken ct) => http.FindAsync<DepartmentView>($"{Service.Api}/departments/{id}", ct);

    Task<T> AskAsync<T>(string path, IReadOnlyList<Guid> ids, CancellationToken ct) =>
        http.AskAsync<T>($"{Service.Api}/{path}", new IdsRequest(ids), ct);
}
