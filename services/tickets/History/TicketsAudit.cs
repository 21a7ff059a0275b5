using Hdms.Kit.History;
using Hdms.Tickets.Tickets;
using Npgsql;

namespace Hdms.Tickets.History;

/// <summary>How the audit of tickets is shown: with names as the replica has them.</summary>
static class TicketsAudit
{
    public static readonly AuditShow Show = new(NamesAsync);

    static async Task<IReadOnlyDictionary<Guid, string>> NamesAsync(NpgsqlConnection connection, IReadOnlyCollection<Guid> people, CancellationToken ct)
    {
        var names = await Names.ReadAsync(connection, people, [], ct);
        return people.Select(p => names.Person(p)!).Where(p => p.FirstName is not null).ToDictionary(p => p.Id, p => $"{p.FirstName} {p.LastName}".Trim());
    }
}
