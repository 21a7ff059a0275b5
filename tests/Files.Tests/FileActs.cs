using System.Globalization;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using Hdms.Contracts;

namespace Hdms.Files.Tests;

/// <summary>What people do with files, for tests that are about what comes of it.</summary>
static class FileActs
{
    public const string Path = "/api/v1/files";

    public const string Uploads = "/api/v1/files/uploads";

    /// <summary>The smallest thing that is a PDF file by its beginning.</summary>
    public static byte[] Pdf(int size = 1000, int seed = 1)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        "%PDF-1.7\n"u8.CopyTo(bytes);
        return bytes;
    }

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    public static byte[] Zip(params (string Name, string Content)[] entries)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = new StreamWriter(zip.CreateEntry(name).Open());
                entry.Write(content);
            }
        }

        return bytes.ToArray();
    }

    public static byte[] Docx() => Zip(
        ("[Content_Types].xml", "<Types><Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>"),
        ("word/document.xml", "<document/>"));

    /// <summary>Uploads a file in one request, which has to succeed.</summary>
    public static async Task<FileView> UploadAsync(this HttpClient client, byte[] bytes, string name = "offer.pdf", string? key = null)
    {
        using var answer = await client.TryUploadAsync(bytes, name, key);
        return await answer.ReadAsync<FileView>();
    }

    /// <summary>Tries an upload that may be refused.</summary>
    public static Task<HttpResponseMessage> TryUploadAsync(this HttpClient client, byte[] bytes, string name = "offer.pdf", string? key = null) =>
        client.TryUploadAsync(new ByteArrayContent(bytes), name, key);

    public static async Task<HttpResponseMessage> TryUploadAsync(this HttpClient client, HttpContent content, string? name, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = content };
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        if (name is not null)
            request.Headers.Add("X-File-Name", Uri.EscapeDataString(name));
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>A request of tus.</summary>
    /// <param name="body">None when null.</param>
    public static async Task<HttpResponseMessage> TusAsync(
        this HttpClient client, HttpMethod method, string path, HttpContent? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        request.Headers.Add("Tus-Resumable", "1.0.0");
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        if (body is not null)
            body.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
        return await client.SendAsync(request);
    }

    /// <summary>Begins an upload that can be resumed, and gives its address.</summary>
    public static async Task<string> BeginAsync(this HttpClient client, long length, string name = "offer.pdf")
    {
        using var answer = await client.TryBeginAsync(length, name);
        answer.EnsureSuccessStatusCode();
        return answer.Headers.Location!.ToString();
    }

    public static Task<HttpResponseMessage> TryBeginAsync(this HttpClient client, long length, string name = "offer.pdf") => client.TusAsync(
        HttpMethod.Post, Uploads, null, ("Upload-Length", length.ToString(CultureInfo.InvariantCulture)), ("Upload-Metadata", $"filename {Convert.ToBase64String(Encoding.UTF8.GetBytes(name))}"));

    /// <summary>Sends bytes behind those that are there.</summary>
    public static Task<HttpResponseMessage> ContinueAsync(this HttpClient client, string upload, long offset, byte[] bytes, params (string Name, string Value)[] headers) =>
        client.TusAsync(HttpMethod.Patch, upload, new ByteArrayContent(bytes), [("Upload-Offset", offset.ToString(CultureInfo.InvariantCulture)), .. headers]);

    /// <summary>How far an upload has come.</summary>
    public static async Task<long> OffsetAsync(this HttpClient client, string upload)
    {
        using var answer = await client.TusAsync(HttpMethod.Head, upload);
        answer.EnsureSuccessStatusCode();
        return long.Parse(answer.Headers.GetValues("Upload-Offset").Single(), CultureInfo.InvariantCulture);
    }

    public static Guid IdOf(string upload) => Guid.Parse(upload.Split('/')[^1]);

    public static Task<FileView> FileAsync(this HttpClient client, Guid id) => client.ReadAsync<FileView>($"{Path}/{id}");

    public static Task<HttpResponseMessage> ContentAsync(this HttpClient client, Guid id, string? range = null, string? ifRange = null, HttpMethod? method = null)
    {
        var request = new HttpRequestMessage(method ?? HttpMethod.Get, $"{Path}/{id}/content");
        if (range is not null)
            request.Headers.TryAddWithoutValidation("Range", range);
        if (ifRange is not null)
            request.Headers.TryAddWithoutValidation("If-Range", ifRange);
        return client.SendAsync(request);
    }

    public static async Task<byte[]> BytesAsync(this HttpClient client, Guid id)
    {
        using var answer = await client.ContentAsync(id);
        answer.IsSuccessStatusCode.ShouldBeTrue($"{(int)answer.StatusCode}");
        return await answer.Content.ReadAsByteArrayAsync();
    }

    public static async Task<FileView> AttachAsync(this HttpClient client, Guid ticket, FileView file) =>
        (await client.DoAsync<AttachmentsView>(HttpMethod.Post, $"/api/v1/tickets/{ticket}/attachments", new AttachFilesRequest([file.Id]))).Data.Single();

    public static Task<HttpResponseMessage> TryAttachAsync(this HttpClient client, Guid ticket, params Guid[] files) =>
        client.PostAsync($"/api/v1/tickets/{ticket}/attachments", new AttachFilesRequest(files));

    public static async Task<IReadOnlyList<FileView>> AttachmentsAsync(this HttpClient client, Guid ticket) =>
        (await client.ReadAsync<AttachmentsView>($"/api/v1/tickets/{ticket}/attachments")).Data;

    /// <summary>A draft of the requester's.</summary>
    public static Task<TicketView> DraftAsync(this FilesApi api) => api.RaiseAsync(submit: false);

    /// <summary>A ticket of the requester's that was submitted.</summary>
    public static Task<TicketView> SubmittedAsync(this FilesApi api) => api.RaiseAsync(submit: true);

    /// <summary>A ticket in the hands of the head of IT.</summary>
    public static async Task<TicketView> AssignedAsync(this FilesApi api) =>
        await api.ActAsync(api.World.Moderator, (await api.SubmittedAsync()).Id, "confirm_review");

    /// <summary>Carries an action on a ticket out, which has to succeed.</summary>
    public static Task<TicketView> ActAsync(this FilesApi api, TestUser user, Guid ticket, string action, object? request = null) =>
        api.TicketsAs(user).DoAsync<TicketView>(HttpMethod.Post, $"/api/v1/tickets/{ticket}/{action}", request);

    static Task<TicketView> RaiseAsync(this FilesApi api, bool submit) => api.TicketsAs(api.World.Requester).DoAsync<TicketView>(
        HttpMethod.Post, "/api/v1/tickets", new CreateTicketRequest("The printer smokes", "Since this morning.", Priority.Medium, "hardware", api.World.It, Submit: submit));
}
