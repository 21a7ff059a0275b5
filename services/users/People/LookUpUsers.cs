using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.People;

static class LookUpUsers
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/users/lookup", Handle)
        .WithName(nameof(LookUpUsers))
        .WithTags("Users")
        .WithSummary("Names, roles and departments of up to 100 persons; a question, though a POST")
        .WithoutIdempotency()
        .WithProblems(Codes.Forbidden);

    static Task<Ok<LookupAnswer>> Handle(IdsRequest request, ServiceDatabase db, CancellationToken ct)
    {
        var ids = Ids.Read(request);
        return db.ReadAsync(async connection =>
        {
            var found = await UserTable.SummariesAsync(connection, ids, ct);
            return TypedResults.Ok(new LookupAnswer([.. ids.Where(found.ContainsKey).Select(id => found[id])], [.. ids.Where(id => !found.ContainsKey(id))]));
        }, ct);
    }
}

/// <summary>Reads ids of which many are asked for at once.</summary>
static class Ids
{
    /// <returns>Each once, in the order given.</returns>
    public static IReadOnlyList<Guid> Read(IdsRequest request)
    {
        var check = new Checks();
        check.That("ids", request.Ids.Count is >= 1 and <= UsersClient.MostIds, $"must have 1 to {UsersClient.MostIds} ids");
        check.Done();
        return [.. request.Ids.Distinct()];
    }

    /// <param name="sql">Those of <c>@ids</c> that are there and not deleted, and whether they may be given work.</param>
    public static async Task<Ok<ExistsAnswer>> FindExistingAsync(string sql, IdsRequest request, ServiceDatabase db, CancellationToken ct)
    {
        var ids = Read(request);
        var rows = await db.ReadAsync(connection => connection.QueryAsync<(Guid Id, bool IsActive)>(new CommandDefinition(
            sql, new { ids = ids.ToArray() }, cancellationToken: ct)), ct);
        var found = rows.ToDictionary(r => r.Id, r => r.IsActive);
        return TypedResults.Ok(new ExistsAnswer(
            [.. ids.Where(found.ContainsKey)],
            [.. ids.Where(id => found.TryGetValue(id, out var active) && active)],
            [.. ids.Where(id => !found.ContainsKey(id))]));
    }
}
