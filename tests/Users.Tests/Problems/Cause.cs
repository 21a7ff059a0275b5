using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Users.Tests.Problems;

/// <summary>How a route is brought to answer with a problem that it documents.</summary>
public sealed record Cause(string Operation, ProblemCode Code, Func<World, Task<HttpResponseMessage>> How)
{
    public override string ToString() => $"{Operation} {Code.Name}";
}

/// <summary>The service, with an admin and a requester at it.</summary>
public sealed class World : IAsyncLifetime
{
    public UsersApi Api { get; } = new();

    public HttpClient Admin { get; private set; } = new();

    public HttpClient Requester { get; private set; } = new();

    public async ValueTask InitializeAsync()
    {
        await Api.InitializeAsync();
        Admin = await Api.AsAsync(Role.Admin);
        Requester = await Api.AsAsync(Role.Requester);
        FeedAccount = await Api.AsAccountAsync(Admin, Scopes.Feed(Services.Users));
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        Requester.Dispose();
        FeedAccount.Dispose();
        await Api.DisposeAsync();
    }

    /// <summary>A service account that may read the feed and nothing else.</summary>
    public HttpClient FeedAccount { get; private set; } = new();

    public async Task<Guid> UserAsync() => (await Admin.RegisterAsync()).Id;

    public async Task<Guid> DepartmentAsync() => (await Admin.OpenDepartmentAsync()).Id;

    public async Task<Guid> DeletedUserAsync()
    {
        var id = await UserAsync();
        await Admin.DeleteUserAsync(id);
        return id;
    }

    public async Task<Guid> DeletedDepartmentAsync()
    {
        var id = await DepartmentAsync();
        await Admin.DeleteDepartmentAsync(id);
        return id;
    }
}

/// <summary>Every cause there is, topic by topic.</summary>
static class Causes
{
    public static readonly IReadOnlyList<Cause> All =
        [.. PeopleCauses.All, .. DepartmentCauses.All, .. AccessCauses.All, .. SignInCauses.All, .. ServiceAccountCauses.All, .. OtherCauses.All];

    /// <summary>The causes that are alike for all routes on one thing: who may not, a thing that is not there, a version that is not its own.</summary>
    /// <param name="path">With <c>{0}</c> for the thing's id.</param>
    /// <param name="thing">Makes one.</param>
    /// <param name="body">The body, with a version in it.</param>
    public static IEnumerable<Cause> OnOne(
        string operation, HttpMethod method, string path, Func<World, Task<Guid>> thing, Func<long?, object?> body, params ProblemCode[] codes) =>
        codes.Select(code => new Cause(operation, code, code.Name switch
        {
            "forbidden" => async w => await w.Requester.SendAsync(method, At(path, await thing(w)), body(null)),
            "not_found" => w => w.Admin.SendAsync(method, At(path, Guid.CreateVersion7()), body(null)),
            "precondition_failed" => async w => await w.Admin.SendAsync(method, At(path, await thing(w)), body(null), version: 99),
            "version_conflict" => async w => await w.Admin.SendAsync(method, At(path, await thing(w)), body(99)),
            _ => throw new ArgumentException($"{code.Name} has a cause of its own.", nameof(codes)),
        }));

    public static Func<World, Task<HttpResponseMessage>> Get(string path) => w => w.Admin.GetAsync(Acts.Api + path);

    public static Func<World, Task<HttpResponseMessage>> GetAsRequester(string path) => w => w.Requester.GetAsync(Acts.Api + path);

    public static object? Nothing(long? version) => null;

    public static object Reason(long? version) => new ReasonRequest("because", version);

    static string At(string path, Guid id) => Acts.Api + string.Format(path, id);
}
