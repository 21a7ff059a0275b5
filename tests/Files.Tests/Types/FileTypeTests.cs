using System.Text;
using Hdms.Files.Types;
using Hdms.Kit.Problems;

namespace Hdms.Files.Tests.Types;

/// <summary>What a file is, by what is in it.</summary>
public sealed class FileTypeTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("25504446 2d312e34", "pdf")]
    [InlineData("ffd8ffe0 00104a46 49460001", "jpg")]
    [InlineData("89504e47 0d0a1a0a 0000000d", "png")]
    [InlineData("47494638 39610100 0100", "gif")]
    [InlineData("00000018 66747970 69736f6d 00000200", "mp4")]
    [InlineData("00000018 66747970 6d703432 00000000", "mp4")]
    [InlineData("00000014 66747970 71742020 00000000", "mov")]
    [InlineData("00000008 77696465 00000000 6d646174", "mov")]
    [InlineData("52494646 24000000 41564920 4c495354", "avi")]
    [InlineData("1a45dfa3 a3428681 014282 88 6d6174726f736b61", "mkv")]
    public async Task Each_type_that_is_taken_is_known_by_its_beginning(string head, string extension) =>
        (await OfAsync(Convert.FromHexString(head.Replace(" ", "", StringComparison.Ordinal)))).ShouldBe(extension);

    [Theory]
    [InlineData("4d5a9000 03000000")]
    [InlineData("7f454c46 02010100")]
    [InlineData("52494646 24000000 57415645 666d7420")]
    [InlineData("1a45dfa3 a3428681 014282 84 7765626d")]
    [InlineData("00000018 66747970 68656963 00000000")]
    [InlineData("504b0304 00000000")]
    [InlineData("d0cf11e0 a1b11ae1")]
    [InlineData("00")]
    public async Task Nothing_else_is_taken(string head) =>
        (await Should.ThrowAsync<Refusal>(() => OfAsync(Convert.FromHexString(head.Replace(" ", "", StringComparison.Ordinal))))).Code.ShouldBe(Codes.TypeNotAllowed);

    [Fact]
    public async Task Text_is_what_has_no_control_characters_in_it()
    {
        (await OfAsync("Grüße\r\n\tund mehr\n"u8.ToArray())).ShouldBe("txt");
        (await OfAsync(Encoding.Latin1.GetBytes("Grüße"))).ShouldBe("txt");
        (await OfAsync([0xFF, 0xFE, .. Encoding.Unicode.GetBytes("Grüße")])).ShouldBe("txt");
        await Should.ThrowAsync<Refusal>(() => OfAsync("text\0"u8.ToArray()));
    }

    [Fact]
    public async Task Text_that_is_none_after_its_beginning_is_refused()
    {
        byte[] bytes = [.. Encoding.ASCII.GetBytes(new string('a', 200_000)), 0x01];

        FileTypes.MayBeTaken(bytes).ShouldBeTrue();
        await Should.ThrowAsync<Refusal>(() => OfAsync(bytes));
    }

    [Fact]
    public async Task A_sheet_is_a_sheet_and_a_document_is_a_document()
    {
        (await OfAsync(FileActs.Docx())).ShouldBe("docx");
        (await OfAsync(FileActs.Zip(
            ("[Content_Types].xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"), ("xl/workbook.xml", "<workbook/>")))).ShouldBe("xlsx");
    }

    [Theory]
    [InlineData("word/vbaProject.bin", "")]
    [InlineData("word/other.bin", "application/vnd.ms-word.document.macroEnabled.main+xml")]
    public async Task A_document_with_macros_is_refused(string part, string type) => await Should.ThrowAsync<Refusal>(() => OfAsync(FileActs.Zip(
        ("[Content_Types].xml", "wordprocessingml.document.main" + type), ("word/document.xml", "<document/>"), (part, "x"))));

    [Fact]
    public async Task A_zip_file_that_claims_to_have_very_many_parts_is_refused()
    {
        var bytes = FileActs.Docx();
        var end = bytes.AsSpan().LastIndexOf("PK\x05\x06"u8);
        (bytes[end + 10], bytes[end + 11]) = (0xFF, 0xFF);

        await Should.ThrowAsync<Refusal>(() => OfAsync(bytes));
    }

    [Fact]
    public async Task A_zip_file_that_is_cut_is_refused() => await Should.ThrowAsync<Refusal>(() => OfAsync(FileActs.Docx()[..^30]));

    static async Task<string> OfAsync(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        return (await FileTypes.OfAsync(stream, Ct)).Extension;
    }
}
