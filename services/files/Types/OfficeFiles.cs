using System.Buffers.Binary;
using System.IO.Compression;

namespace Hdms.Files.Types;

/// <summary>
/// Tells documents and sheets from other zip files by their parts. Nothing is unpacked but the list of the parts' types, and that only up
/// to its usual size: a zip file may unpack to a thousand times of what came.
/// </summary>
static class OfficeFiles
{
    const int MostParts = 20_000;
    const int LargestDirectory = 8 * 1024 * 1024;
    const int LargestTypes = 1024 * 1024;

    /// <summary>Null: it is something else, or has macros in it.</summary>
    public static FileType? TypeOf(Stream file)
    {
        if (!HasReasonableDirectory(file))
        {
            return null;
        }

        try
        {
            file.Position = 0;
            using var zip = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
            if (zip.GetEntry("[Content_Types].xml") is not { Length: <= LargestTypes } types || zip.Entries.Any(e => e.Name.StartsWith("vbaProject", StringComparison.OrdinalIgnoreCase)))
            {
                return null;
            }

            var text = Read(types);
            return text.Contains("macroEnabled", StringComparison.OrdinalIgnoreCase) ? null
                : zip.GetEntry("word/document.xml") is not null && text.Contains("wordprocessingml.document.main", StringComparison.Ordinal) ? FileType.Docx
                : zip.GetEntry("xl/workbook.xml") is not null && text.Contains("spreadsheetml.sheet.main", StringComparison.Ordinal) ? FileType.Xlsx
                : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    static string Read(ZipArchiveEntry entry)
    {
        using var reader = new StreamReader(entry.Open());
        var text = new char[LargestTypes];
        return new string(text, 0, reader.ReadBlock(text));
    }

    /// <summary>The directory at the end is read into memory whole, and may be made up.</summary>
    static bool HasReasonableDirectory(Stream file)
    {
        const int EndLength = 22;
        var tail = new byte[Math.Min(file.Length, EndLength + ushort.MaxValue)];
        file.Position = file.Length - tail.Length;
        file.ReadExactly(tail);
        var at = tail.AsSpan().LastIndexOf("PK\x05\x06"u8);
        return at >= 0 && tail.Length - at >= EndLength
            && BinaryPrimitives.ReadUInt16LittleEndian(tail.AsSpan(at + 10)) is var parts and <= MostParts
            && BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(at + 12)) is <= LargestDirectory
            && parts > 0;
    }
}
