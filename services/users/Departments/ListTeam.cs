using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Users.People;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.Departments;

static class ListTeam
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/departments/{id:guid}/team-members", Handle)
        .WithName(nameof(ListTeam))
        .WithTags("Departments")
        .WithSummary("Those who may acknowledge the department's tickets, for the record; sorts by name, added_at")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ValidationFailed);

    static readonly Dictionary<string, string> Sorts = new(StringComparer.Ordinal)
    {
        ["name"] = "lower(u.last_name), lower(u.first_name)",
        ["added_at"] = "t.added_at",
    };

    const string From = "FROM team_members AS t JOIN users AS u ON u.id = t.user_id WHERE t.department_id = @id AND NOT u.is_deleted";

    static async Task<Listing<TeamMemberView>> Handle(Guid id, [AsParameters] PageQuery page, Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        var check = new Checks();
        page.Check<TeamMemberView>(check);
        var order = page.OrderBy(check, Sorts, "name", tie: "u.id");
        check.Done();
        return await db.ReadAsync(async connection =>
        {
            var there = await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
                "SELECT EXISTS (SELECT FROM departments WHERE id = @id AND (@IsAdmin OR NOT is_deleted))", new { id, caller.IsAdmin }, cancellationToken: ct));
            if (!there)
            {
                throw Refusal.NotFound("department");
            }

            var args = new { id, take = page.Take(), skip = page.Skip(), count = page.CountUpTo() };
            var rows = await connection.QueryAsync<(Guid Id, DateTime AddedAt)>(new CommandDefinition(
                $"SELECT u.id, t.added_at {From} ORDER BY {order} LIMIT @take OFFSET @skip", args, cancellationToken: ct));
            var users = await UserTable.SummariesAsync(connection, rows.Select(r => r.Id), ct);
            var counted = await connection.ExecuteScalarAsync<long>(new CommandDefinition(
                $"SELECT count(*) FROM (SELECT {From} LIMIT @count) AS counted", args, cancellationToken: ct));
            return new Listing<TeamMemberView>(page, [.. rows.Select(r => new TeamMemberView(id, users[r.Id], new DateTimeOffset(r.AddedAt)))], counted);
        }, ct);
    }
}
