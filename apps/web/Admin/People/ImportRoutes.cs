using System.Buffers.Text;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Forms;
using Hdms.Web.Shell;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Admin.People;

/// <summary>People from a CSV file: first what would be done, then doing it, in the background.</summary>
static class ImportRoutes
{
    const int MostBytes = 5 * 1024 * 1024;

    /// <summary>What a form takes back in one field; a file that is bigger, packed, has to be chosen again.</summary>
    const int MostPacked = 3 * 1024 * 1024;

    public static void Map(IEndpointRouteBuilder admin)
    {
        admin.MapGet("/people/import", () => Show(Filled.Empty));
        admin.MapPost("/people/import", PreviewAsync).WithMetadata(new RequestSizeLimitAttribute(MostBytes + 4096));
        admin.MapPost("/people/import/apply", ApplyAsync).WithMetadata(new RequestSizeLimitAttribute(MostBytes + 4096));
        admin.MapGet("/people/import/{id:guid}", async (Guid id, ApiClient api, CancellationToken ct) =>
            Pages.Show<ImportJobPage>(new() { ["Job"] = await api.GetAsync<BulkJobView>($"/bulk-jobs/users/{id}", ct) }));
        admin.MapGet("/people/import/{id:guid}/rejects.csv", RejectsAsync);
    }

    static IResult Show(Filled form, ImportPreview? preview = null, string? name = null, string? packed = null) =>
        Pages.Show<ImportPage>(new() { ["Form"] = form, ["Preview"] = preview, ["Name"] = name, ["Packed"] = packed }, form.Status);

    static async Task<IResult> PreviewAsync(HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await Filled.ReadAsync(http, ct);
        if (http.Request.Form.Files["file"] is not { Length: > 0 } file)
            return Show(form.Wrong("file", "Choose a CSV file."));
        if (file.Length > MostBytes)
            return Show(form.Wrong("file", "It is bigger than 5 MB; import it in parts."));
        var bytes = await ReadAsync(file.OpenReadStream(), ct);
        using var answer = await SendAsync(api, "?dry_run=true", bytes, null, ct);
        if (!answer.IsSuccessStatusCode)
            return Show(form with { Problem = InTheFile(await ApiProblem.ReadAsync(answer, ct)) });
        var preview = await JsonSerializer.DeserializeAsync<ImportPreview>(await answer.Content.ReadAsStreamAsync(ct), Json.Tolerant, ct);
        return Show(form, preview, file.FileName, Pack(bytes));
    }

    static async Task<IResult> ApplyAsync(HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await Filled.ReadAsync(http, ct);
        var bytes = http.Request.Form.Files["file"] is { Length: > 0 and <= MostBytes } again ? await ReadAsync(again.OpenReadStream(), ct) : await UnpackAsync(form.Of("packed"), ct);
        if (bytes is null)
            return Show(form.Wrong("file", "Choose the file once more."));
        using var answer = await SendAsync(api, "", bytes, form.Key, ct);
        if (!answer.IsSuccessStatusCode)
            return Show(form with { Problem = InTheFile(await ApiProblem.ReadAsync(answer, ct)) });
        var job = await JsonSerializer.DeserializeAsync<BulkJobView>(await answer.Content.ReadAsStreamAsync(ct), Json.Tolerant, ct);
        return Pages.GoTo(http, $"/admin/people/import/{job!.Id}");
    }

    static Task<HttpResponseMessage> SendAsync(ApiClient api, string query, byte[] bytes, string? key, CancellationToken ct)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("text/csv", "utf-8");
        return api.OpenAsync(HttpMethod.Post, $"/users/import{query}", content, ct, (ServiceCalls.IdempotencyKey, key));
    }

    /// <summary>The service calls the file "body".</summary>
    static ApiProblem InTheFile(ApiProblem problem) => problem with { Errors = problem.Errors.ToDictionary(e => e.Key == "body" ? "file" : e.Key, e => e.Value) };

    static async Task<byte[]> ReadAsync(Stream file, CancellationToken ct)
    {
        await using var from = file;
        using var all = new MemoryStream();
        await from.CopyToAsync(all, ct);
        return all.ToArray();
    }

    static string? Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(bytes);
        return packed.Length * 4 / 3 <= MostPacked ? Convert.ToBase64String(packed.GetBuffer(), 0, (int)packed.Length) : null;
    }

    static async Task<byte[]?> UnpackAsync(string packed, CancellationToken ct)
    {
        if (packed.Length == 0 || !Base64.IsValid(packed))
            return null;
        try
        {
            await using var gzip = new GZipStream(new MemoryStream(Convert.FromBase64String(packed)), CompressionMode.Decompress);
            using var all = new MemoryStream();
            var buffer = new byte[81_920];

            // Not more than a file may have: what is sent back was not necessarily made here.
            for (int got; (got = await gzip.ReadAsync(buffer, ct)) > 0 && all.Length <= MostBytes;)
                all.Write(buffer, 0, got);
            return all.Length is > 0 and <= MostBytes ? all.ToArray() : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    static async Task RejectsAsync(Guid id, HttpContext http, ApiClient api)
    {
        using var answer = await api.OpenAsync(HttpMethod.Get, $"/bulk-jobs/users/{id}/rejects", null, http.RequestAborted);
        if (!answer.IsSuccessStatusCode)
            throw new ApiException(await ApiProblem.ReadAsync(answer, http.RequestAborted));
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = $"attachment; filename=rejects-{id}.csv";
        await answer.Content.CopyToAsync(http.Response.Body, http.RequestAborted);
    }
}
