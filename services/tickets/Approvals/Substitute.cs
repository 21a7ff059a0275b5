using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Tickets.Tickets;
using Npgsql;

namespace Hdms.Tickets.Approvals;

/// <summary>Who decides in an approver's place, as the row says.</summary>
sealed record Substitute : SubstituteState, IThingRow<Substitute>
{
    public long Version { get; init; }

    public Substitute Stamped(Guid id, DateTimeOffset createdAt, DateTimeOffset updatedAt, long version) =>
        this with { Id = id, CreatedAt = createdAt, UpdatedAt = updatedAt, Version = version };
}

/// <summary>Reads and writes rows of <c>substitutes</c>.</summary>
sealed class SubstituteTable : ThingTable<SubstituteTable, Substitute, SubstituteState, SubstituteImported>, INamedTable
{
    public static string Name => "substitutes";

    public static string Called => "substitute";

    public static async Task<IReadOnlyList<SubstituteView>> ViewsAsync(NpgsqlConnection connection, IReadOnlyList<Substitute> substitutes, CancellationToken ct)
    {
        var names = await Names.ReadAsync(connection, substitutes.SelectMany(s => new[] { s.ApproverId, s.SubstituteId }), [], ct);
        return
        [
            .. substitutes.Select(s => new SubstituteView(
                s.Id, names.Person(s.ApproverId)!, names.Person(s.SubstituteId)!, s.StartsAt, s.EndsAt, s.CreatedAt, s.Version)),
        ];
    }
}
