using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Users.People;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.Access;

static class ListAccessRequests
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/access-requests", Handle)
        .WithName(nameof(ListAccessRequests))
        .WithTags("Access")
        .WithSummary("Lists requests to be let in, oldest first; sorts by created_at, decided_at (admin)")
        .WithProblems(Codes.Forbidden, Codes.ValidationFailed);

    static readonly Dictionary<string, string> Sorts = new(StringComparer.Ordinal) { ["created_at"] = "created_at", ["decided_at"] = "decided_at" };

    const string Where =
        """
        FROM access_requests
        WHERE (@statuses::text[] IS NULL OR status = ANY(@statuses)) AND (@UserId::uuid IS NULL OR user_id = @UserId)
        """;

    static async Task<Listing<AccessRequestView>> Handle(
        [AsParameters] PageQuery page, [AsParameters] AccessRequestFilter filter, Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        var check = new Checks();
        page.Check<AccessRequestView>(check);
        var order = page.OrderBy(check, Sorts, "created_at");
        var statuses = Filters.Words<AccessRequestStatus>(check, "status", filter.Status);
        check.Done();
        var args = new { statuses, filter.UserId, take = page.Take(), skip = page.Skip(), count = page.CountUpTo() };
        return await db.ReadAsync(async connection =>
        {
            var rows = (await connection.QueryAsync<AccessRequest>(new CommandDefinition(
                $"SELECT * {Where} ORDER BY {order} LIMIT @take OFFSET @skip", args, cancellationToken: ct))).AsList();
            var users = await UserTable.SummariesAsync(connection, rows.Select(r => r.UserId), ct);
            var counted = await connection.ExecuteScalarAsync<long>(new CommandDefinition(
                $"SELECT count(*) FROM (SELECT {Where} LIMIT @count) AS counted", args, cancellationToken: ct));
            return new Listing<AccessRequestView>(page, [.. rows.Select(r => r.View(users[r.UserId]))], counted);
        }, ct);
    }
}

sealed record AccessRequestFilter(
    [property: FromQuery(Name = "status"), RegularExpression("^(pending|approved|denied)(,(pending|approved|denied))*$"), Description("pending, approved, denied; several separated by commas")] string? Status = null,
    [property: FromQuery(Name = "user_id")] Guid? UserId = null);
