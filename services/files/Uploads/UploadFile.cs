using System.ComponentModel;
using System.Security.Cryptography;
using System.Text;
using Hdms.Contracts;
using Hdms.Files.Files;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Limits;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Files.Uploads;

/// <summary>
/// A whole file as one body. Its Idempotency-Key is not the kit's, which reads a body before anything else and keeps it: here the key
/// becomes the file's id, and the bytes that come again are compared by their hash.
/// </summary>
static class UploadFile
{
    const string Body = "application/octet-stream";

    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/files", Handle)
        .WithoutIdempotency()
        .StaysOpen()
        .WithName(nameof(UploadFile))
        .WithTags("Files")
        .WithSummary("Uploads a file in one request: its bytes are the body, its name is in X-File-Name, percent-encoded")
        .Accepts<string>(Body)
        .Creates()
        .WithProblems(
            Codes.Forbidden, Codes.FileTooLarge, Codes.UploadQuota, Codes.TypeNotAllowed, Codes.UnknownReference, Codes.ReferenceUnavailable, Codes.IdempotencyMismatch,
            Codes.UploadLocked, Codes.Unavailable);

    static async Task<Answer<FileView>> Handle(
        HttpContext http,
        [FromHeader(Name = "X-File-Name"), Description("The file's name in UTF-8, percent-encoded")] string? name,
        [FromHeader(Name = "Idempotency-Key"), Description("A key of the caller's own, such as a UUID; the same file under it is one file")] string? key,
        Caller caller,
        UploadDesk desk,
        CancellationToken ct)
    {
        var me = caller.Person;
        if (http.Request.ContentType?.Split(';')[0].Trim().Equals(Body, StringComparison.OrdinalIgnoreCase) != true)
        {
            throw new Refusal(Codes.UnsupportedMediaType, $"Send the bytes themselves as {Body}.");
        }

        var plain = FileNames.Plain(name is null ? null : Uri.UnescapeDataString(name), "X-File-Name");
        await desk.AdmitAsync(me, http.Request.ContentLength, ct);
        UploadDesk.AllowLargeBody(http);
        var id = key is { Length: > 0 } ? IdOf(me, key) : Guid.CreateVersion7();
        using var hold = await desk.Space.TakeAsync(id, ct);

        // What another try of the same file has left.
        RandomAccess.SetLength(hold.File, 0);
        using var hash = new RunningHash();
        try
        {
            if (!await Incoming.WriteAsync(hold, hash, http.Request.Body, desk.Rules.LargestFile, null, hold.Stop))
            {
                throw new Refusal(Codes.Malformed, "The body was cut before its end. A file that can be resumed is sent to /files/uploads.");
            }

            await desk.AdmitAsync(me, hash.Length, ct);
            var (file, again) = await FindAsync(desk, id, hash, ct) is { } there
                ? (there, true)
                : (await desk.Finish.RunAsync(hold, hash, plain, caller, ct), false);
            http.Response.Headers["Idempotency-Replayed"] = again ? "true" : default;
            return Answer.Created($"{Service.Api}/files/{file.Id}", await FileViewing.OneAsync(desk.Database, file, ct), file.Version);
        }
        finally
        {
            desk.Space.Delete(id);
        }
    }

    /// <summary>The file that was made of the same key; null when there is none yet.</summary>
    static async Task<Attachment?> FindAsync(UploadDesk desk, Guid id, RunningHash hash, CancellationToken ct)
    {
        var there = await desk.Database.ReadAsync(c => AttachmentTable.Rows.FindAsync(c, "WHERE r.id = @id", new { id }, ct), ct);
        return there is null || there.Sha256 == hash.Hex()
            ? there
            : throw new Refusal(Codes.IdempotencyMismatch, "This Idempotency-Key was sent before with another file. Use a new key for a new file.");
    }

    static Guid IdOf(Guid person, string key) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes($"{person:N}\n{key}")).AsSpan(0, 16));
}
