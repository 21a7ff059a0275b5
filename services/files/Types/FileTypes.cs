using System.Text;
using Hdms.Kit.Problems;

namespace Hdms.Files.Types;

/// <param name="Extension">Without the dot.</param>
sealed record FileType(string Extension, string Mime)
{
    public static readonly FileType Pdf = new("pdf", "application/pdf");
    public static readonly FileType Txt = new("txt", "text/plain");
    public static readonly FileType Docx = new("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
    public static readonly FileType Xlsx = new("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    public static readonly FileType Mp4 = new("mp4", "video/mp4");
    public static readonly FileType Mov = new("mov", "video/quicktime");
    public static readonly FileType Mkv = new("mkv", "video/x-matroska");
    public static readonly FileType Avi = new("avi", "video/x-msvideo");
    public static readonly FileType Jpg = new("jpg", "image/jpeg");
    public static readonly FileType Png = new("png", "image/png");
    public static readonly FileType Gif = new("gif", "image/gif");
}

/// <summary>Tells what a file is by what is in it, whatever it is called (DOMAIN.md section 7, attachments).</summary>
static class FileTypes
{
    /// <summary>As much of the beginning as tells.</summary>
    public const int HeadLength = 512;

    // The brands of ISO base media files that are MP4; others are pictures (heic, avif) or what phones record sound in.
    static readonly string[] Mp4Brands = ["isom", "iso2", "iso3", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "M4V ", "MSNV", "dash", "mmp4"];

    // QuickTime files of before there were brands begin with one of these.
    static readonly string[] OldMov = ["moov", "mdat", "wide", "free", "skip", "pnot"];

    /// <exception cref="Refusal">415: it is none of those that are taken.</exception>
    public static async Task<FileType> OfAsync(Stream file, CancellationToken ct)
    {
        var head = new byte[HeadLength];
        var count = await file.ReadAtLeastAsync(head, HeadLength, throwOnEndOfStream: false, ct);
        file.Position = 0;
        return ByHead(head.AsSpan(0, count)) switch
        {
            { } known => known,
            _ when IsZip(head) => OfficeFiles.TypeOf(file) ?? throw NotTaken(),
            _ => await PlainTexts.IsTextAsync(file, ct) ? FileType.Txt : throw NotTaken(),
        };
    }

    /// <summary>Whether a file that begins like this may turn out to be one that is taken, once all of it is there.</summary>
    public static bool MayBeTaken(ReadOnlySpan<byte> head) => ByHead(head) is not null || IsZip(head) || PlainTexts.BeginsLikeText(head[..Math.Min(head.Length, HeadLength)]);

    public static Refusal NotTaken() => new(
        Codes.TypeNotAllowed, "By its content it is none of: pdf, txt, docx, xlsx, mp4, mov, mkv, avi, jpg, png, gif. What it is called does not matter.");

    static bool IsZip(ReadOnlySpan<byte> head) => head.StartsWith("PK\x03\x04"u8);

    static FileType? ByHead(ReadOnlySpan<byte> head) =>
        head.StartsWith("%PDF-"u8) ? FileType.Pdf
        : head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? FileType.Jpg
        : head.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]) ? FileType.Png
        : head.StartsWith("GIF87a"u8) || head.StartsWith("GIF89a"u8) ? FileType.Gif
        : head.Length >= 12 && head.StartsWith("RIFF"u8) && head[8..].StartsWith("AVI "u8) ? FileType.Avi
        : head.StartsWith((ReadOnlySpan<byte>)[0x1A, 0x45, 0xDF, 0xA3]) ? Matroska(head)
        : head.Length >= 12 ? Media(head) : null;

    /// <summary>WebM has the same head, and another name in it.</summary>
    static FileType? Matroska(ReadOnlySpan<byte> head) => head[..Math.Min(head.Length, 64)].IndexOf("matroska"u8) > 0 ? FileType.Mkv : null;

    static FileType? Media(ReadOnlySpan<byte> head)
    {
        var box = Encoding.Latin1.GetString(head[4..8]);
        if (box != "ftyp")
        {
            return head[0] == 0 && OldMov.Contains(box) ? FileType.Mov : null;
        }

        var brand = Encoding.Latin1.GetString(head[8..12]);
        return brand == "qt  " ? FileType.Mov : Mp4Brands.Contains(brand) ? FileType.Mp4 : null;
    }
}
