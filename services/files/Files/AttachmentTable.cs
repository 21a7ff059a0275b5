using Hdms.Contracts;
using Hdms.Files.Work;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;
using Hdms.Kit.Rebuild;
using Npgsql;

namespace Hdms.Files.Files;

/// <summary>Reads and writes rows of <c>attachments</c>; every write appends the event that tells of it.</summary>
static class AttachmentTable
{
    public static readonly Table<Attachment> Rows = new("attachments");

    /// <summary>Every event of one has the whole row.</summary>
    public static readonly StateTable FromEvents = StateTable.Of("attachments", Rows, Stream).Whole<AttachmentState>();

    /// <summary>The row; not one that was deleted.</summary>
    /// <exception cref="Refusal">404: there is none.</exception>
    public static async Task<Attachment> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken ct) =>
        await Rows.FindAsync(connection, "WHERE r.id = @id AND NOT r.is_deleted", new { id }, ct) ?? throw Refusal.NotFound("file");

    /// <summary>The row, kept from other writers until the unit of work ends; null when it is not there or was deleted.</summary>
    public static Task<Attachment?> LockAsync(UnitOfWork unit, Guid id) =>
        Rows.FindAsync(unit, "WHERE r.id = @id AND NOT r.is_deleted FOR UPDATE", new { id });

    public static async Task<Attachment> InsertAsync(UnitOfWork unit, Attachment file)
    {
        var row = file with { CreatedAt = unit.Now, UpdatedAt = unit.Now, Version = 1 };
        await Rows.InsertAsync(unit, row);
        var e = row.As<FileUploaded>();
        await unit.AppendAsync(new EventStream(row.Id, 0), e, new Audit(After: e));
        return row;
    }

    /// <summary>Writes <paramref name="after"/> over the locked row and tells of it as a <typeparamref name="T"/>.</summary>
    public static async Task<Attachment> SaveAsync<T>(UnitOfWork unit, Attachment before, Attachment after, string? reason = null, Func<T, T>? with = null)
        where T : AttachmentState, new()
    {
        var row = after with { UpdatedAt = unit.Now, Version = before.Version + 1 };
        await Rows.UpdateAsync(unit, row);
        var e = row.As<T>();
        await unit.AppendAsync(Stream(before), with is null ? e : with(e), Audit.Between<AttachmentState>(before, row, reason));
        return row;
    }

    /// <summary>The row stays as deleted; the bytes go when no backup can need them any more.</summary>
    public static async Task DeleteAsync<T>(UnitOfWork unit, Attachment file, FileRules rules, string? reason = null, Func<T, T>? with = null)
        where T : AttachmentState, new()
    {
        await SaveAsync(unit, file, file with { IsDeleted = true, DeletedAt = unit.Now, RemovedBy = unit.By.UserId, RemovedAt = unit.Now }, reason, with);
        await FileJobs.AddAsync(unit, file.Id, FileJobs.DeleteBytes, unit.Now + rules.KeepDeleted);
    }

    static EventStream Stream(Attachment row) => new(row.Id, row.Version) { Imported = () => row.As<FileImported>() };
}
