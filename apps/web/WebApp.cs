using System.IO.Compression;
using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Hosting;
using Hdms.Kit.Problems;
using Hdms.Kit.Telemetry;
using Hdms.Web.Account;
using Hdms.Web.Admin;
using Hdms.Web.Api;
using Hdms.Web.Approvals;
using Hdms.Web.Board;
using Hdms.Web.Dashboard;
using Hdms.Web.Downloads;
using Hdms.Web.Home;
using Hdms.Web.Live;
using Hdms.Web.Notifications;
using Hdms.Web.Search;
using Hdms.Web.Session;
using Hdms.Web.Shell;
using Hdms.Web.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.Routing;
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
        builder.Services.AddWeb(settings);

        var app = builder.Build();
        app.UseMiddleware<ProblemWriter>();
        app.UseMiddleware<SafeHeaders>();
        app.UseResponseCompression();
        app.UseMiddleware<PackedFiles>();
        app.UseStaticFiles(StaticFiles());
        app.UseMiddleware<SessionKeeper>();
        app.UseMiddleware<Problems>();
        app.UseMiddleware<SameOrigin>();
        app.UseRouting();
        app.MapPages();
        return app;
    }

    static void AddWeb(this IServiceCollection services, IConfiguration settings)
    {
        services.AddSingleton(new ApiDocument(Services.All.Select(s => (s.Name, settings.Url(s))), TimeProvider.System));
        services.AddSingleton<DemoSignIns>();
        services.AddSingleton<IContentTypeProvider>(Files.Types);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(new ApiConnection(settings));
        services.AddScoped<PersonSession>();
        services.AddScoped<ApiClient>();
        services.AddHttpContextAccessor();
        services.AddRazorComponents();
        // Nothing secret is in a page beside what its reader typed, so its length tells nobody anything (no BREACH).
        services.AddResponseCompression(o =>
        {
            o.EnableForHttps = true;
            o.MimeTypes = ["text/html", "text/css", "text/javascript", "image/svg+xml", "application/json"];
        });
        services.Configure<BrotliCompressionProviderOptions>(o => o.Level = CompressionLevel.Fastest);
    }

    /// <summary>The table of contents.</summary>
    static void MapPages(this WebApplication app)
    {
        SignInRoutes.Map(app);
        DocsPage.Map(app);
        ApiDocument.Map(app);
        app.MapGet("/healthz", () => TypedResults.Ok(new HealthView("ok", Kit.ProgramVersion.Text)));
        app.MapGet("/readyz", () => TypedResults.Ok(new HealthView("ready", Kit.ProgramVersion.Text)));

        var pages = app.MapGroup("").AddEndpointFilter(Pages.SignedIn).DisableAntiforgery();
        pages.MapGet("/", (PersonSession session) => Results.Redirect(Navigation.StartOf(session.Me!)));
        HomeRoutes.Map(pages);
        BoardRoutes.Map(pages);
        TicketRoutes.Map(pages);
        ApprovalRoutes.Map(pages);
        SearchRoutes.Map(pages);
        FileRoutes.Map(pages);
        LiveRoutes.Map(pages);
        NotificationRoutes.Map(pages);
        AccountRoutes.Map(pages);
        DashboardRoutes.Map(pages);
        AdminRoutes.Map(pages);

        app.MapFallback(Problems.NotFoundAsync);
    }

    static StaticFileOptions StaticFiles() => new()
    {
        FileProvider = new PhysicalFileProvider(Files.Root),
        ContentTypeProvider = Files.Types,
        OnPrepareResponse = file => file.Context.Response.Headers.CacheControl = Files.CacheControl(file.Context.Request),
    };
}
