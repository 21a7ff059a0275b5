using System.Globalization;
using PgSplit.Pg;

namespace PgSplit.Planning.Checks;

/// <summary>Room on the target. PostgreSQL does not tell it; where its directory is on this machine, the machine does.</summary>
static class Disk
{
    public static async Task CheckAsync(Examination x, CancellationToken ct)
    {
        if (x.Target is null)
            return;
        var sizes = await Sizes.OfAsync(x, ct);
        // Sorting for index builds, and WAL until the next checkpoint.
        var needed = (long)(sizes.Bytes * 1.3);
        if (await FreeAsync(x, ct) is not { } free)
        {
            x.Note("disk-unknown", x.Move.Target.Route, $"about {Size(needed)} are needed; how much is free can't be seen from here", "look there: df");
        }
        else if (free < needed)
        {
            x.Blocker("disk", x.Move.Target.Route, $"about {Size(needed)} are needed and {Size(free)} are free", "make room, or take a target with more");
        }
    }

    static async Task<long?> FreeAsync(Examination x, CancellationToken ct)
    {
        if (x.Move.Target.Host is not ("localhost" or "127.0.0.1" or "::1") && !x.Move.Target.Host.StartsWith('/'))
            return null;
        if (!await x.Target!.ScalarAsync<bool>("SELECT pg_has_role(current_user, 'pg_read_all_settings', 'USAGE')", ct))
            return null;
        var directory = await x.Target!.ScalarAsync<string>("SELECT setting FROM pg_settings WHERE name = 'data_directory'", ct);
        // A container's port may be on this machine while its directory is not.
        if (directory is null || !Directory.Exists(directory))
            return null;
        try
        {
            return new DriveInfo(directory).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    static string Size(long bytes) => bytes >= 1L << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.0} MB");
}
