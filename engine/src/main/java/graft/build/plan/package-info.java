/// From a Dockerfile to what is to be done, without doing any of it: which stages are needed and on
/// what each stands ([graft.build.plan.StageGraph]), and the steps of a stage with their variables
/// replaced ([graft.build.plan.StagePlan] → [graft.build.plan.Step]). Values in, values out.
@NullMarked
package graft.build.plan;

import org.jspecify.annotations.NullMarked;
