using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Files.Uploads;

static class ShowUploadOptions
{
    public static void Map(IEndpointRouteBuilder api) => api.MapMethods("/files/uploads", [HttpMethods.Options], Handle)
        .AllowAnonymous()
        .WithName(nameof(ShowUploadOptions))
        .WithTags("Uploads")
        .WithSummary("What this server does of tus, in headers")
        .Produces(StatusCodes.Status204NoContent);

    static NoContent Handle(HttpContext http, FileRules rules)
    {
        var headers = http.Response.Headers;
        headers[Tus.Resumable] = Tus.Version;
        headers["Tus-Version"] = Tus.Version;
        headers["Tus-Extension"] = Tus.Extensions;
        headers["Tus-Checksum-Algorithm"] = UploadChecksum.Algorithms;
        headers["Tus-Max-Size"] = rules.LargestFile.ToString(CultureInfo.InvariantCulture);
        return TypedResults.NoContent();
    }
}
