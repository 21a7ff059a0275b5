using Hdms.Kit.Database;

namespace Hdms.Files.Work;

/// <summary>A row of <c>file_jobs</c>: something to be done with a file's bytes, outside any transaction.</summary>
sealed record FileJob(Guid FileId, string Kind, int Attempts);

/// <summary>What is to be done with bytes, each by one instance at a time. A job that its instance did not finish is taken by another one later.</summary>
static class FileJobs
{
    public const string Scan = "scan";
    public const string Preview = "preview";
    public const string DeleteBytes = "delete_bytes";

    /// <summary>Longer than anything takes: a scan of the largest file.</summary>
    static readonly TimeSpan Lease = TimeSpan.FromMinutes(15);

    static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    public static Task AddAsync(UnitOfWork unit, Guid file, string kind, DateTimeOffset due) => unit.ExecuteAsync(
        """
        INSERT INTO file_jobs (file_id, kind, due_at, created_at) VALUES (@file, @kind, @due, @Now)
        ON CONFLICT (file_id, kind) DO UPDATE SET due_at = excluded.due_at
        """,
        new { file, kind, due, unit.Now });

    /// <summary>Takes the job that has waited longest; null when none is due.</summary>
    public static Task<FileJob?> TakeAsync(UnitOfWork unit) => unit.FindAsync<FileJob>(
        """
        UPDATE file_jobs SET claimed_until = @until, attempts = attempts + 1
        WHERE (file_id, kind) = (
            SELECT file_id, kind FROM file_jobs WHERE due_at <= @Now AND (claimed_until IS NULL OR claimed_until <= @Now)
            ORDER BY due_at, file_id LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING file_id, kind, attempts
        """,
        new { unit.Now, until = unit.Now + Lease });

    public static Task DoneAsync(UnitOfWork unit, Guid file, string kind) =>
        unit.ExecuteAsync("DELETE FROM file_jobs WHERE file_id = @file AND kind = @kind", new { file, kind });

    /// <summary>It is tried again: after 1, 2, 4 … seconds, and in the end every ten minutes.</summary>
    public static Task PutOffAsync(UnitOfWork unit, FileJob job, string error)
    {
        var wait = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(job.Attempts - 1, 20)));
        return unit.ExecuteAsync(
            "UPDATE file_jobs SET claimed_until = NULL, due_at = @due, error = left(@error, 500) WHERE file_id = @FileId AND kind = @Kind",
            new { due = unit.Now + (wait < LongestWait ? wait : LongestWait), error, job.FileId, job.Kind });
    }
}
