using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.SignIn;

static class ListSessions
{
    public static void Map(IEndpointRouteBuilder auth) => auth.MapGet("/sessions", Handle)
        .WithName(nameof(ListSessions)).WithSummary("Sessions that have not ended, newest first; an admin may ask for another's")
        .WithProblems(Codes.Forbidden, Codes.ValidationFailed);

    static readonly Dictionary<string, string> Sorts = new(StringComparer.Ordinal) { ["created_at"] = "created_at", ["last_used_at"] = "last_used_at" };

    static async Task<Listing<SessionView>> Handle(
        [FromQuery(Name = "user_id")] Guid? userId, [AsParameters] PageQuery page, Caller caller, ServiceDatabase database, TimeProvider clock, CancellationToken ct)
    {
        var user = userId ?? caller.Person;
        if (user != caller.UserId)
        {
            caller.MustBeAdmin();
        }

        const string Live = "FROM user_sessions WHERE user_id = @user AND revoked_at IS NULL AND expires_at > @now";
        var check = new Checks();
        page.Check<SessionView>(check);
        var order = page.OrderBy(check, Sorts, "-created_at");
        check.Done();
        var args = new { user, now = clock.GetUtcNow(), take = page.Take(), skip = page.Skip(), count = page.CountUpTo() };
        return await database.ReadAsync(async connection =>
        {
            var counted = await connection.ExecuteScalarAsync<long>(new CommandDefinition(
                $"SELECT count(*) FROM (SELECT {Live} LIMIT @count) AS counted", args, cancellationToken: ct));
            var rows = await connection.QueryAsync<Row>(new CommandDefinition(
                $"""
                SELECT id, user_id AS UserId, device, ip, created_at AS CreatedAt, last_used_at AS LastUsedAt, expires_at AS ExpiresAt
                {Live} ORDER BY {order} LIMIT @take OFFSET @skip
                """,
                args,
                cancellationToken: ct));
            return new Listing<SessionView>(page, [.. rows.Select(r => r.View(caller.SessionId))], counted);
        }, ct);
    }

    sealed class Row
    {
        public Guid Id { get; init; }

        public Guid UserId { get; init; }

        public string? Device { get; init; }

        public string? Ip { get; init; }

        public DateTimeOffset CreatedAt { get; init; }

        public DateTimeOffset LastUsedAt { get; init; }

        public DateTimeOffset ExpiresAt { get; init; }

        public SessionView View(Guid? current) => new(Id, UserId, Device, Ip, CreatedAt, LastUsedAt, ExpiresAt, Id == current);
    }
}
