using System.Text.Json.Nodes;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.History;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Users.People;
using Npgsql;

namespace Hdms.Users.History;

/// <summary>How the audit of people and departments is shown.</summary>
static class UsersAudit
{
    public static readonly AuditShow Show = new(NamesAsync) { Masked = WithoutNationalId };

    /// <summary>What happened to one row of <paramref name="table"/>, deleted or not; 404 when there is none.</summary>
    /// <param name="what">What the row is called.</param>
    public static async Task<CursorListing<AuditEntry>> ReadOfAsync(
        string table, string what, Guid id, CursorQuery page, Caller caller, ServiceDatabase db, AuditTrail trail, CancellationToken ct)
    {
        caller.MustBeAdmin(Scopes.ReadAudit);
        var there = await db.ReadAsync(connection => connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            $"SELECT EXISTS (SELECT FROM {Sql.Name(table)} WHERE id = @id)", new { id }, cancellationToken: ct)), ct);
        return there ? await trail.ReadAsync(new AuditQuery(SubjectId: id), page, ct) : throw Refusal.NotFound(what);
    }

    static async Task<IReadOnlyDictionary<Guid, string>> NamesAsync(NpgsqlConnection connection, IReadOnlyCollection<Guid> people, CancellationToken ct) =>
        (await UserTable.SummariesAsync(connection, people, ct)).ToDictionary(p => p.Key, p => $"{p.Value.FirstName} {p.Value.LastName}".Trim());

    /// <summary>The audit tells that a national id was changed; the whole number is shown on the person's own page alone.</summary>
    static JsonNode WithoutNationalId(JsonNode node)
    {
        if (node is JsonObject members && members["cnic"] is JsonValue cnic && cnic.TryGetValue<string>(out var text))
        {
            members["cnic"] = Sights.Masked(text);
        }

        return node;
    }
}
