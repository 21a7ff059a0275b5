using System.IO.Compression;

namespace PgSplit.Load;

/// <summary>Tells what a file is by its first bytes, as file(1) would; its name counts for nothing but a CSV's.</summary>
static class SourceFormats
{
    /// <exception cref="PgSplitException">There is no such file, or it is nothing that can be loaded.</exception>
    public static SourceFormat Of(string path)
    {
        if (Directory.Exists(path))
        {
            return File.Exists(Path.Combine(path, "toc.dat")) ? SourceFormat.Dump
                : CsvFolder.Files(path).Count > 0 ? SourceFormat.Csv
                : throw new PgSplitException(ExitCode.BadInput, $"{path} has neither CSV files nor a dump of pg_dump's directory format", "name a folder with a file TABLE.csv for each table");
        }

        var head = Head(path);
        var text = head.AsSpan().TrimStart("\uFEFF \t\r\n"u8);
        if (IsArchive(path) || head.AsSpan().StartsWith("--"u8) || text.StartsWith("--"u8))
            return SourceFormat.Dump;
        if (text.StartsWith("["u8) || text.StartsWith("{"u8))
            return SourceFormat.Dumpdata;
        if (path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
            return SourceFormat.Csv;
        throw new PgSplitException(ExitCode.BadInput, $"{path} is no dump of pg_dump, no JSON of dumpdata and no CSV", "say what it is: --format dump, dumpdata or csv");
    }

    /// <summary>A dump that pg_restore reads: custom, tar or directory.</summary>
    public static bool IsArchive(string path)
    {
        if (Directory.Exists(path))
            return true;
        var head = Head(path);
        return head.AsSpan().StartsWith("PGDMP"u8) || head.Length >= 262 && head.AsSpan(257).StartsWith("ustar"u8);
    }

    /// <summary>A file's bytes, unpacked where it is gzipped.</summary>
    public static Stream Open(FileStream file)
    {
        var zipped = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        return zipped ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    static byte[] Head(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            using var stream = Open(file);
            var head = new byte[512];
            return head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new PgSplitException(ExitCode.BadInput, $"{path} can't be read: {e.Message}", null, e);
        }
    }
}
