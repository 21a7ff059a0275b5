using Hdms.Cli.Backup;
using Hdms.Kit.Hosting;

namespace Hdms.Cli.Doctor;

internal static class BackupCheck
{
    static readonly TimeSpan Oldest = TimeSpan.FromHours(26);

    public static IEnumerable<DoctorFinding> Run(Installation installation, TimeProvider clock)
    {
        var root = BackupFolder.DefaultRoot(installation);
        if (BackupFolder.List(root) is not [var newest, ..])
        {
            yield return new(Severity.Note, null, $"There is no backup in {root}.", "hdms backup");
            yield break;
        }

        var age = clock.GetUtcNow() - Manifest.Read(newest).TakenAt;
        if (age > Oldest)
            yield return new(Severity.Warning, null, $"The newest backup, {newest}, is {(int)age.TotalHours} hours old.", "hdms backup, and let something do it every day.");
    }
}
