using Hdms.Files.Files;
using Hdms.Kit.History;
using Npgsql;

namespace Hdms.Files.History;

/// <summary>How the audit of files is shown: with names as the replica has them.</summary>
static class FilesAudit
{
    public static readonly AuditShow Show = new(NamesAsync);

    static async Task<IReadOnlyDictionary<Guid, string>> NamesAsync(NpgsqlConnection connection, IReadOnlyCollection<Guid> people, CancellationToken ct)
    {
        var names = await Names.ReadAsync(connection, people, ct);
        return people.Select(names.Person).Where(p => p.FirstName is not null).ToDictionary(p => p.Id, p => $"{p.FirstName} {p.LastName}".Trim());
    }
}
