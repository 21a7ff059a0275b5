using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Hosting;
using Hdms.Kit.Problems;
using Hdms.Kit.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;

namespace Hdms.Web;

/// <summary>What a browser sees. It has no data of its own: it asks the services, as any other client does.</summary>
public static class WebApp
{
    public const string Name = "web";

    /// <summary>Port under <c>hdms serve web</c>, and of everything under <c>hdms up</c>.</summary>
    public const int Port = 8080;

    public static WebApplication Build(IConfiguration settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = $"hdms-{Name}", ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddConfiguration(settings);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = ServiceHost.LargestBody;
            kestrel.Listen(IPAddress.Parse(settings["listen"] ?? "127.0.0.1"), settings.Number("port", Port, 0, 65535));
        });
        builder.ServeInProcess(settings);
        builder.Logging.ClearProviders();
        builder.AddTelemetry(Name, settings);
        builder.Services.AddSingleton(new ApiDocument(Services.All.Select(s => (s.Name, settings.Url(s))), TimeProvider.System));
        builder.Services.AddSingleton<DemoSignIns>();

        var app = builder.Build();
        app.UseMiddleware<ProblemWriter>();
        app.UseMiddleware<SafeHeaders>();
        app.UseStaticFiles(Files());
        app.UseRouting();
        app.MapPages();
        return app;
    }

    static void MapPages(this WebApplication app)
    {
        StartPage.Map(app);
        DocsPage.Map(app);
        ApiDocument.Map(app);
        app.MapGet("/healthz", () => TypedResults.Ok(new HealthView("ok", Kit.ProgramVersion.Text)));
        app.MapGet("/readyz", () => TypedResults.Ok(new HealthView("ready", Kit.ProgramVersion.Text)));
        app.MapFallback(NotFoundPage.AnswerAsync);
    }

    static StaticFileOptions Files() => new()
    {
        FileProvider = new PhysicalFileProvider(Path.Combine(AppContext.BaseDirectory, "wwwroot")),
        ContentTypeProvider = new FileExtensionContentTypeProvider(new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            [".css"] = "text/css; charset=utf-8",
            [".js"] = "text/javascript; charset=utf-8",
            [".svg"] = "image/svg+xml",
        }),
        // A library's folder has its version in its name, so what is in it never changes; all else is asked for again, and answered 304.
        OnPrepareResponse = file => file.Context.Response.Headers.CacheControl =
            file.Context.Request.Path.StartsWithSegments("/lib", StringComparison.Ordinal) ? "public, max-age=31536000, immutable" : "no-cache",
    };
}
