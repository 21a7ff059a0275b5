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

    /// <param name="found">The ids that are there and not deleted, and whether they may be given work.</param>
    public static ExistsAnswer Answer(IReadOnlyList<Guid> ids, IReadOnlyDictionary<Guid, bool> found) => new(
        [.. ids.Where(found.ContainsKey)],
        [.. ids.Where(id => found.TryGetValue(id, out var active) && active)],
        [.. ids.Where(id => !found.ContainsKey(id))]);
}
