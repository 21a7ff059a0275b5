using Hdms.Cli.Cluster;
using Hdms.Kit.Hosting;

namespace Hdms.Cli.Doctor;

internal static class DiskCheck
{
    const long Least = 1L << 30;
    const double LeastShare = 0.05;

    public static IEnumerable<DoctorFinding> Run(Installation installation)
    {
        string?[] places = [installation.Data, ClusterPlace.Load(installation.Data)?.Directory, BackupFolder(installation)];
        // Several of them are usually on one disk.
        var disks = places.OfType<string>().Where(Directory.Exists).Select(p => (Path: p, Disk: new DriveInfo(p))).DistinctBy(d => (d.Disk.TotalSize, d.Disk.AvailableFreeSpace));
        foreach (var (path, disk) in disks)
        {
            if (disk.AvailableFreeSpace < Least || disk.AvailableFreeSpace < disk.TotalSize * LeastShare)
                yield return Low(path, disk.AvailableFreeSpace, disk.TotalSize);
        }
    }

    static string BackupFolder(Installation installation) => Backup.BackupFolder.DefaultRoot(installation);

    static DoctorFinding Low(string path, long free, long total) => new(
        free < Least / 4 ? Severity.Error : Severity.Warning,
        null,
        $"Of the disk under {path}, {free >> 20} of {total >> 20} MB are free.",
        "Make room: PostgreSQL stops when its disk is full.");
}
