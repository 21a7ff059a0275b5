using System.Net;
using System.Security.Cryptography;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Files.Tests.Uploads;

/// <summary>A file in one request.</summary>
public sealed class UploadTests(FilesApi api) : IClassFixture<FilesApi>
{
    HttpClient Requester => api.As(api.World.Requester);

    [Fact]
    public async Task What_goes_up_comes_down()
    {
        var bytes = FileActs.Pdf(3_000_000);

        var file = await Requester.UploadAsync(bytes, "Offer No. 7.pdf");

        file.Name.ShouldBe("Offer No. 7.pdf");
        file.Size.ShouldBe(bytes.Length);
        (file.Type, file.Extension).ShouldBe(("application/pdf", "pdf"));
        file.Sha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(bytes)));
        file.ScanStatus.ShouldBe(ScanStatus.NotScanned);
        file.UploadedBy.FirstName.ShouldBe("REQ-1");
        (await Requester.BytesAsync(file.Id)).ShouldBe(bytes);
        (await api.EventsAsync(file.Id)).ShouldBe(["file.uploaded.v1"]);
    }

    [Fact]
    public async Task A_body_of_unknown_length_is_taken_too()
    {
        var bytes = FileActs.Pdf(2_500_000);
        using var answer = await Requester.TryUploadAsync(new StreamContent(new WithoutLength(bytes)), "a.pdf");

        (await Requester.BytesAsync((await answer.ReadAsync<FileView>()).Id)).ShouldBe(bytes);
    }

    [Fact]
    public async Task The_same_file_under_the_same_key_is_one_file()
    {
        var key = Guid.NewGuid().ToString();
        var first = await Requester.UploadAsync(FileActs.Pdf(), key: key);

        using var again = await Requester.TryUploadAsync(FileActs.Pdf(), key: key);

        again.Headers.GetValues("Idempotency-Replayed").ShouldBe(["true"]);
        (await again.ReadAsync<FileView>()).Id.ShouldBe(first.Id);
        (await api.Database.ScalarAsync<long>("SELECT count(*) FROM attachments WHERE id = @Id", new { first.Id })).ShouldBe(1);
    }

    [Fact]
    public async Task Another_file_under_the_same_key_is_refused()
    {
        var key = Guid.NewGuid().ToString();
        await Requester.UploadAsync(FileActs.Pdf(seed: 1), key: key);

        await Requester.TryUploadAsync(FileActs.Pdf(seed: 2), key: key).ShouldBeAsync(Codes.IdempotencyMismatch);
    }

    [Fact]
    public async Task The_same_key_of_another_person_is_another_key()
    {
        var key = Guid.NewGuid().ToString();
        var mine = await Requester.UploadAsync(FileActs.Pdf(), key: key);

        (await api.As(api.World.Stranger).UploadAsync(FileActs.Pdf(), key: key)).Id.ShouldNotBe(mine.Id);
    }

    [Fact]
    public async Task A_zip_file_called_pdf_is_refused_and_leaves_nothing()
    {
        var before = await CountAsync();

        await Requester.TryUploadAsync(FileActs.Zip(("a.exe", "MZ")), "offer.pdf").ShouldBeAsync(Codes.TypeNotAllowed);

        (await CountAsync()).ShouldBe(before);
        Directory.EnumerateFiles(Path.Combine(api.Folder, "uploads")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_type_that_is_not_taken_is_refused_before_all_of_it_has_come()
    {
        var endless = new StreamContent(new Endless("MZ\0\0not what is taken"u8.ToArray()));

        // Whoever sends it may hear of the answer, or of the connection that is closed behind it.
        try
        {
            await Requester.TryUploadAsync(endless, "program.pdf").ShouldBeAsync(Codes.TypeNotAllowed);
        }
        catch (HttpRequestException)
        {
        }

        await Eventually.ShouldAsync(() => Task.FromResult(!Directory.EnumerateFiles(Path.Combine(api.Folder, "uploads")).Any()));
    }

    [Fact]
    public async Task A_document_of_an_office_is_known_by_what_is_in_the_zip() =>
        (await Requester.UploadAsync(FileActs.Docx(), "letter.bin")).Extension.ShouldBe("docx");

    [Theory]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData(@"C:\Users\me\..\offer.pdf", "offer.pdf")]
    [InlineData("annexe‮fdp.exe", "annexefdp.exe")]
    [InlineData("line\r\nbreak\0.txt", "linebreak.txt")]
    [InlineData("  .hidden  ", ".hidden")]
    [InlineData("فائل.pdf", "فائل.pdf")]
    public async Task Names_are_kept_without_folders_and_without_what_nobody_sees(string given, string kept) =>
        (await Requester.UploadAsync(FileActs.Pdf(), given)).Name.ShouldBe(kept);

    [Fact]
    public async Task A_name_of_255_bytes_is_kept_whole()
    {
        var name = new string('ü', 125) + "x.pdf";
        System.Text.Encoding.UTF8.GetByteCount(name).ShouldBe(255);

        var file = await Requester.UploadAsync(FileActs.Pdf(), name);

        file.Name.ShouldBe(name);
        using var content = await Requester.ContentAsync(file.Id);
        content.Content.Headers.ContentDisposition!.FileNameStar.ShouldBe(name);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("/")]
    [InlineData("‮")]
    public async Task A_name_without_anything_that_is_seen_is_refused(string name) =>
        await Requester.TryUploadAsync(FileActs.Pdf(), name).ShouldBeAsync(Codes.ValidationFailed);

    [Fact]
    public async Task A_name_that_is_too_long_is_refused() =>
        await Requester.TryUploadAsync(FileActs.Pdf(), new string('a', 501)).ShouldBeAsync(Codes.ValidationFailed);

    [Fact]
    public async Task Without_a_name_nothing_is_taken() =>
        await Requester.TryUploadAsync(new ByteArrayContent(FileActs.Pdf()), name: null).ShouldBeAsync(Codes.ValidationFailed);

    [Fact]
    public async Task An_empty_file_is_refused() => await Requester.TryUploadAsync([], "empty.txt").ShouldBeAsync(Codes.ValidationFailed);

    [Fact]
    public async Task A_form_is_refused()
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(FileActs.Pdf()), "file", "a.pdf" } };
        await Requester.PostAsync(FileActs.Path, form).ShouldBeAsync(Codes.UnsupportedMediaType);
    }

    [Fact]
    public async Task A_service_uploads_nothing() => await api.AsService().TryUploadAsync(FileActs.Pdf()).ShouldBeAsync(Codes.Forbidden);

    [Fact]
    public async Task What_is_attached_to_nothing_is_seen_by_nobody_else()
    {
        var file = await Requester.UploadAsync(FileActs.Pdf());

        await api.As(api.World.Moderator).GetAsync($"{FileActs.Path}/{file.Id}").ShouldBeAsync(HttpStatusCode.NotFound);
        await api.As(api.World.Stranger).ContentAsync(file.Id).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_file_that_was_uploaded_by_mistake_is_deleted_by_who_uploaded_it()
    {
        var file = await Requester.UploadAsync(FileActs.Pdf());

        await api.As(api.World.Moderator).DeleteAsync($"{FileActs.Path}/{file.Id}").ShouldBeAsync(HttpStatusCode.NotFound);
        await Requester.DeleteAsync($"{FileActs.Path}/{file.Id}").ShouldBeAsync(HttpStatusCode.NoContent);

        await Requester.GetAsync($"{FileActs.Path}/{file.Id}").ShouldBeAsync(HttpStatusCode.NotFound);
        (await api.EventsAsync(file.Id)).ShouldBe(["file.uploaded.v1", "file.removed.v1"]);
    }

    Task<long> CountAsync() => api.Database.ScalarAsync<long>("SELECT count(*) FROM attachments");

    /// <summary>A stream that does not tell how long it is, so that it is sent in chunks.</summary>
    sealed class WithoutLength(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }

    /// <summary>Its beginning, and then zeros without an end.</summary>
    sealed class Endless(byte[] beginning) : MemoryStream(beginning)
    {
        public override bool CanSeek => false;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await base.ReadAsync(buffer, cancellationToken);
            if (read > 0)
                return read;
            buffer.Span.Clear();
            return buffer.Length;
        }
    }
}

/// <summary>Limits of an organisation that has little room.</summary>
public sealed class UploadLimitTests : IAsyncLifetime
{
    const int Megabyte = 1024 * 1024;

    FilesApi _api = null!;

    HttpClient Requester => _api.As(_api.World.Requester);

    public async ValueTask InitializeAsync() => _api = await FilesApi.StartAsync(("files_largest_mb", "2"), ("files_unattached_mb", "5"));

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task A_file_of_the_largest_size_is_taken_and_one_byte_more_is_not()
    {
        await Requester.UploadAsync(FileActs.Pdf(2 * Megabyte));

        await Requester.TryUploadAsync(FileActs.Pdf((2 * Megabyte) + 1)).ShouldBeAsync(Codes.FileTooLarge);
        await Requester.TryBeginAsync((2 * Megabyte) + 1).ShouldBeAsync(Codes.FileTooLarge);
    }

    [Fact]
    public async Task A_file_that_does_not_tell_its_size_is_cut_off_at_the_largest()
    {
        using var content = new StreamContent(new Chunks(FileActs.Pdf(3 * Megabyte)));
        try
        {
            await Requester.TryUploadAsync(content, "a.pdf").ShouldBeAsync(Codes.FileTooLarge);
        }
        catch (HttpRequestException)
        {
            // It was closed while the rest was still being sent.
        }

        await Eventually.ShouldAsync(() => Task.FromResult(!Directory.EnumerateFiles(Path.Combine(_api.Folder, "uploads")).Any()));
        (await _api.Database.ScalarAsync<long>("SELECT count(*) FROM attachments")).ShouldBe(0);
    }

    [Fact]
    public async Task Who_attaches_nothing_can_not_fill_the_disk()
    {
        await Requester.UploadAsync(FileActs.Pdf(2 * Megabyte));
        await Requester.BeginAsync(2 * Megabyte);

        await Requester.TryUploadAsync(FileActs.Pdf((1 * Megabyte) + 1)).ShouldBeAsync(Codes.UploadQuota);
        await Requester.TryBeginAsync((1 * Megabyte) + 1).ShouldBeAsync(Codes.UploadQuota);
        await _api.As(_api.World.Stranger).UploadAsync(FileActs.Pdf(2 * Megabyte));
    }

    sealed class Chunks(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
