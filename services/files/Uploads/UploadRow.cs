using Dapper;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Npgsql;

namespace Hdms.Files.Uploads;

/// <summary>An upload under way, as the row says.</summary>
sealed class UploadRow
{
    public Guid Id { get; init; }

    public string Name { get; init; } = "";

    public long Length { get; init; }

    public string Metadata { get; init; } = "";

    public Guid UploadedById { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }

    /// <exception cref="Refusal">404: there is none of the caller's, or its time is over.</exception>
    public static async Task<UploadRow> FindAsync(ServiceDatabase database, Guid id, Caller caller, DateTimeOffset now, CancellationToken ct) =>
        await database.ReadAsync(
            c => c.QuerySingleOrDefaultAsync<UploadRow>(new CommandDefinition(
                "SELECT id, name, length, metadata, uploaded_by_id, expires_at FROM uploads WHERE id = @id AND uploaded_by_id = @me AND expires_at > @now",
                new { id, me = caller.Person, now },
                cancellationToken: ct)),
            ct) ?? throw Refusal.NotFound("upload");

    public static Task InsertAsync(UnitOfWork unit, UploadRow row) => unit.ExecuteAsync(
        """
        INSERT INTO uploads (id, name, length, metadata, uploaded_by_id, created_at, expires_at)
        VALUES (@Id, @Name, @Length, @Metadata, @UploadedById, @Now, @ExpiresAt)
        """,
        new { row.Id, row.Name, row.Length, row.Metadata, row.UploadedById, unit.Now, row.ExpiresAt });

    /// <summary>What one person has here that is attached to nothing must not fill the disk.</summary>
    /// <exception cref="Refusal">413 <c>upload_quota</c>.</exception>
    public static async Task MustHaveRoomAsync(NpgsqlConnection connection, Guid person, long more, FileRules rules, CancellationToken ct)
    {
        var there = await connection.ExecuteScalarAsync<long>(new CommandDefinition(
            """
            SELECT (SELECT coalesce(sum(file_size), 0) FROM attachments WHERE uploaded_by_id = @person AND of_ticket_id IS NULL AND NOT is_deleted)
                 + (SELECT coalesce(sum(length), 0) FROM uploads WHERE uploaded_by_id = @person)
            """,
            new { person },
            cancellationToken: ct));
        if (there + more > rules.Unattached)
        {
            throw new Refusal(
                Codes.UploadQuota,
                $"{FileRules.Readable(there)} that you have uploaded are attached to nothing, and {FileRules.Readable(rules.Unattached)} is the most. Attach or delete some, or wait a day.");
        }
    }
}
