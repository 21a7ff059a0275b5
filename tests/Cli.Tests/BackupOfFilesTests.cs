using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Hdms.Cli.Backup;
using Hdms.Testing;

namespace Hdms.Cli.Tests;

/// <summary>Attachments: their bytes are in the storage, and a backup says which and what is in them.</summary>
[Collection(OneHdms.Name)]
public sealed class BackupOfFilesTests(RunningHdms hdms) : IDisposable
{
    readonly TestDirectory _directory = TestDirectory.Create();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_backup_lists_the_files_that_belong_to_it_and_verifying_it_compares_their_bytes()
    {
        var bytes = new byte[3_000_000];
        new Random(7).NextBytes(bytes);
        "%PDF-1.7\n"u8.CopyTo(bytes);
        var id = await UploadAsync(bytes);
        var folder = await TakeAsync();
        var manifest = Manifest.Read(folder);
        (manifest.Files!.Count, manifest.Files.Bytes).ShouldBe((1, bytes.Length));
        (await File.ReadAllTextAsync(Path.Combine(folder, manifest.Files.List), Ct)).ShouldContain(Convert.ToHexStringLower(SHA256.HashData(bytes)));
        var good = await hdms.RunAsync("backup", "verify", folder);
        good.ExitCode.ShouldBe(ExitCode.Done, good.Error);

        var stored = Directory.EnumerateFiles(Path.Combine(hdms.Data, "files", "stored"), id.ToString("N"), SearchOption.AllDirectories).Single();
        bytes[1_000_000] ^= 1;
        await File.WriteAllBytesAsync(stored, bytes, Ct);
        var changed = await hdms.RunAsync("backup", "verify", folder);
        changed.ExitCode.ShouldBe(ExitCode.Different);
        changed.Error.ShouldContain($"file {id:N}: its SHA-256 is");

        File.Delete(stored);
        (await hdms.RunAsync("backup", "verify", folder)).Error.ShouldContain($"file {id:N} is not in the local disk");
        await hdms.SqlAsync("UPDATE attachments SET created_at = created_at - interval '2 hours'");
        (await hdms.RunAsync("doctor")).Output.ShouldContain("1 files have no bytes in the local disk");

        // As others expect to find it.
        await hdms.SqlAsync("UPDATE attachments SET created_at = created_at + interval '2 hours'");
        bytes[1_000_000] ^= 1;
        await File.WriteAllBytesAsync(stored, bytes, Ct);
    }

    async Task<Guid> UploadAsync(byte[] bytes)
    {
        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/files") { Content = content };
        request.Headers.Add("X-File-Name", "offer.pdf");
        using var answer = await hdms.Program.Http.SendAsync(request, Ct);
        var text = await answer.Content.ReadAsStringAsync(Ct);
        answer.IsSuccessStatusCode.ShouldBeTrue(text);
        return JsonDocument.Parse(text).RootElement.GetProperty("id").GetGuid();
    }

    async Task<string> TakeAsync()
    {
        var taken = await hdms.RunAsync("backup", "--to", Path.Combine(_directory.Path, "backups"));
        taken.ExitCode.ShouldBe(ExitCode.Done, taken.Error);
        return taken.Output.Trim();
    }
}
