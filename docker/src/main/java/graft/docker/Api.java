package graft.docker;

import graft.docker.buildkit.BuildKitRoutes;
import graft.docker.http.Router;
import graft.docker.route.AdvisoryRoutes;
import graft.docker.route.ArchiveRoutes;
import graft.docker.route.BuildRoutes;
import graft.docker.route.CommitRoute;
import graft.docker.route.ContainerListRoutes;
import graft.docker.route.ContainerRoutes;
import graft.docker.route.DiskRoutes;
import graft.docker.route.EventRoutes;
import graft.docker.route.ExecRoutes;
import graft.docker.route.FindingRoutes;
import graft.docker.route.FollowRoutes;
import graft.docker.route.GraftBuildRoute;
import graft.docker.route.HubRoutes;
import graft.docker.route.ImageRoutes;
import graft.docker.route.LineageRoutes;
import graft.docker.route.NetworkRoutes;
import graft.docker.route.RecipeRoutes;
import graft.docker.route.RolloutRoutes;
import graft.docker.route.StatsRoute;
import graft.docker.route.StreamRoutes;
import graft.docker.route.SystemRoutes;
import graft.docker.route.TrashRoutes;
import graft.docker.route.TreeRoutes;
import graft.docker.route.VerifyRoute;
import graft.docker.route.VolumeRoutes;
import graft.docker.ui.PageRoutes;
import graft.engine.Engine;

/// All routes of the API.
public final class Api {
  private Api() {}

  public static Router routes(Engine engine) {
    Router router = new Router();
    // First, since a container's name that is removed may hold slashes, and checkpoints are here.
    new SystemRoutes(engine).addTo(router);
    new ExecRoutes(engine).addTo(router);
    new StatsRoute(engine).addTo(router);
    new StreamRoutes(engine).addTo(router);
    BuildKitRoutes.of(engine, SystemRoutes.id(engine)).addTo(router);
    new AdvisoryRoutes(engine).addTo(router);
    new LineageRoutes(engine).addTo(router);
    new FindingRoutes(engine).addTo(router);
    new ArchiveRoutes(engine).addTo(router);
    new BuildRoutes(engine).addTo(router);
    new CommitRoute(engine).addTo(router);
    new ContainerListRoutes(engine).addTo(router);
    new ContainerRoutes(engine).addTo(router);
    new DiskRoutes(engine).addTo(router);
    new EventRoutes(engine).addTo(router);
    new GraftBuildRoute(engine).addTo(router);
    new FollowRoutes(engine).addTo(router);
    new HubRoutes(engine).addTo(router);
    new ImageRoutes(engine).addTo(router);
    new NetworkRoutes(engine).addTo(router);
    new RecipeRoutes(engine).addTo(router);
    new RolloutRoutes(engine).addTo(router);
    new TrashRoutes(engine).addTo(router);
    new TreeRoutes(engine).addTo(router);
    new VerifyRoute(engine).addTo(router);
    new VolumeRoutes(engine).addTo(router);
    new PageRoutes().addTo(router);
    return router;
  }
}
